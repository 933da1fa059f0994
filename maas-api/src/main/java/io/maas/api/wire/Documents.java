package io.maas.api.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.google.common.primitives.Primitives;
import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Records as JSON documents, with their components in {@code snake_case}; times are texts by ISO 8601. What is null is left out. Reading is
 * strict as for requests to models, and a member that the record does not have is refused, since nothing would come of it.
 *
 * <p>Immutable and thread-safe.
 */
public final class Documents {
    /** A quotation, a name such as {@code maxRows}, or a constant such as {@code ERROR_RATE}. */
    private static final Pattern NAMES =
            Pattern.compile("\"[^\"]*\"|\\b([a-z]+(?:[A-Z][a-z0-9]*)+)\\b|\\b([A-Z]{3,}(?:_[A-Z]+)*)\\b");

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonBody.factory())
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .defaultPropertyInclusion(
                    JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS, MapperFeature.USE_ANNOTATIONS)
            // A number is no text either.
            .withCoercionConfig(
                    LogicalType.Textual,
                    texts -> texts.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .build();

    private static final PropertyNamingStrategies.SnakeCaseStrategy SNAKE_CASE =
            new PropertyNamingStrategies.SnakeCaseStrategy();

    private Documents() {}

    /** The document of a record. */
    public static byte[] write(Object record) {
        try {
            return MAPPER.writeValueAsBytes(record);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads a record.
     *
     * @throws InvalidInputException if the document is none of it, saying which member is wrong; also if the record itself refuses its
     *     components by {@link IllegalArgumentException}
     */
    public static <T> T read(byte[] body, Class<T> type) {
        ObjectReader reader = MAPPER.readerFor(type);
        return JsonBody.read(MAPPER.getFactory(), body, json -> {
            try {
                T value = reader.readValue(json);
                requireWhole(value, "");
                return value;
            } catch (JsonMappingException e) {
                throw refused(e);
            }
        });
    }

    /**
     * Reads an object whose members are others' to name, and may be null.
     *
     * @throws InvalidInputException if the document is none
     */
    public static Map<?, ?> readMembers(byte[] body) {
        return JsonBody.read(MAPPER.getFactory(), body, json -> MAPPER.readValue(json, Map.class));
    }

    /** What a record does not say may be missing must be there: no constructor asks for it. */
    private static void requireWhole(@Nullable Object value, String path) {
        requirePresent(value, Object.class, path);
        if (value instanceof Record) {
            for (RecordComponent component : value.getClass().getRecordComponents()) {
                String name = SNAKE_CASE.translate(component.getName());
                Object part = part(value, component);
                if (part != null || !component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
                    String inner = path.isEmpty() ? name : path + "." + name;
                    requirePresent(part, component.getType(), inner);
                    requireWhole(part, inner);
                }
            }
        } else if (value instanceof Collection<?> elements) {
            elements.forEach(each -> requireWhole(each, path + "[]"));
        } else if (value instanceof Map<?, ?> members) {
            members.forEach((name, each) -> requireWhole(each, path + "." + name));
        }
    }

    /**
     * What the library says of a wrong value, with its names as documents write them: {@code maxRows: 0 (expected: maxRows > 0)} is {@code
     * max_rows: 0 (expected: max_rows > 0)}. What is quoted is somebody's own and stays.
     */
    public static String inDocument(String message) {
        return NAMES.matcher(message).replaceAll(found -> {
            if (found.group(1) != null) {
                return found.group(1).replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
            }
            return found.group(2) != null
                    ? found.group(2).toLowerCase(Locale.ROOT)
                    : Matcher.quoteReplacement(found.group());
        });
    }

    private static void requirePresent(@Nullable Object value, Class<?> type, String path) {
        if (value == null) {
            throw new InvalidInputException(Require.quote(path) + " is missing (expected: " + kind(type) + ")");
        }
    }

    /** What a value of a type looks like in a document. */
    private static String kind(Class<?> type) {
        Class<?> boxed = Primitives.wrap(type);
        if (type == String.class) {
            return "a text";
        }
        if (boxed == Boolean.class) {
            return "true or false";
        }
        if (boxed == Integer.class || boxed == Long.class) {
            return "a whole number of at most " + (boxed == Integer.class ? 32 : 64) + " bits";
        }
        if (Number.class.isAssignableFrom(boxed)) {
            return "a number";
        }
        if (type.isEnum()) {
            return "one of " + Arrays.toString(type.getEnumConstants());
        }
        if (Collection.class.isAssignableFrom(type)) {
            return "a list";
        }
        return Map.class.isAssignableFrom(type) || type.isRecord() ? "an object" : "a value";
    }

    private static @Nullable Object part(Object value, RecordComponent component) {
        try {
            component.getAccessor().setAccessible(true);
            return component.getAccessor().invoke(value);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("record: " + value.getClass() + " (expected: readable components)", e);
        }
    }

    private static InvalidInputException refused(JsonMappingException e) throws JsonProcessingException {
        if (e instanceof UnrecognizedPropertyException unknown) {
            return new InvalidInputException(
                    "body has a member that is not known: " + Require.quote(path(e)) + " (expected: some of "
                            + unknown.getKnownPropertyIds() + ")",
                    e);
        }
        if (e.getCause() instanceof IllegalArgumentException refusal) {
            return new InvalidInputException(String.valueOf(refusal.getMessage()), e);
        }
        if (e.getCause() instanceof JsonProcessingException syntax) {
            throw syntax;
        }
        Class<?> type = e instanceof MismatchedInputException wrong && wrong.getTargetType() != null
                ? wrong.getTargetType()
                : Object.class;
        String said = String.valueOf(e.getOriginalMessage());
        boolean isMissing =
                said.startsWith("Missing required creator property") || said.startsWith("Cannot map `null`");
        return new InvalidInputException(
                Require.quote(path(e)) + (isMissing ? " is missing" : " is of the wrong kind") + " (expected: "
                        + kind(type) + ")",
                e);
    }

    private static String path(JsonMappingException e) {
        StringBuilder path = new StringBuilder();
        for (JsonMappingException.Reference step : e.getPath()) {
            if (step.getFieldName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return path.toString();
    }
}
