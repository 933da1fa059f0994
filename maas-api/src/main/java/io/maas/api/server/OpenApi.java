package io.maas.api.server;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.victools.jsonschema.generator.FieldScope;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaBuilder;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import io.maas.api.wire.Documents;
import io.maas.model.LibraryVersion;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The table of routes as an OpenAPI 3.1 document. */
final class OpenApi {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final Pattern PARAMETER = Pattern.compile("\\{([a-z_]+)}");
    private static final String KEY = "key";

    private final SchemaBuilder schemas = new SchemaGenerator(new SchemaGeneratorConfigBuilder(
                            SchemaVersion.DRAFT_2020_12, OptionPreset.PLAIN_JSON)
                    .with(Option.FLATTENED_ENUMS, Option.FORBIDDEN_ADDITIONAL_PROPERTIES_BY_DEFAULT)
                    .without(Option.SCHEMA_VERSION_INDICATOR)
                    .with(module -> {
                        module.forFields().withPropertyNameOverrideResolver(OpenApi::name);
                        module.forFields().withRequiredCheck(field -> !isNullable(field));
                    })
                    .build())
            .buildMultipleSchemaDefinitions();

    private OpenApi() {}

    /** The document, as JSON in UTF-8. */
    static byte[] document(List<Route> routes) {
        return new OpenApi().write(routes);
    }

    private static String name(FieldScope field) {
        return PropertyNamingStrategies.SnakeCaseStrategy.INSTANCE.translate(field.getDeclaredName());
    }

    private static boolean isNullable(FieldScope field) {
        Field raw = field.getRawMember();
        return raw.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    private byte[] write(List<Route> routes) {
        ObjectNode root = NODES.objectNode();
        root.put("openapi", "3.1.0");
        ObjectNode info = root.putObject("info");
        info.put("title", "maas");
        info.put("version", LibraryVersion.current());
        info.put("description", "Models, their versions, training and deployments over the network.");
        ObjectNode paths = root.putObject("paths");
        for (Route route : routes) {
            ObjectNode path = (ObjectNode) paths.get(route.template());
            if (path == null) {
                path = paths.putObject(route.template());
            }
            path.set(route.method().name().toLowerCase(Locale.ROOT), operation(route));
        }
        ObjectNode components = root.putObject("components");
        ObjectNode all = components.putObject("schemas");
        all.setAll(schemas.collectDefinitions("components/schemas"));
        all.set("Error", error());
        ObjectNode key = components.putObject("securitySchemes").putObject(KEY);
        key.put("type", "http");
        key.put("scheme", "bearer");
        return Documents.write(root);
    }

    private ObjectNode operation(Route route) {
        ObjectNode operation = NODES.objectNode();
        operation.put("operationId", route.id());
        operation.put("summary", route.about());
        operation.put("description", "May be called by " + route.access() + ".");
        ArrayNode parameters = operation.putArray("parameters");
        Matcher names = PARAMETER.matcher(route.template());
        while (names.find()) {
            parameters.add(parameter(names.group(1), "path", true));
        }
        route.shape().query().forEach(name -> parameters.add(parameter(name, "query", false)));
        if (route.shape().request() != null) {
            ObjectNode body = operation.putObject("requestBody");
            body.put("required", route.shape().request() != byte[].class);
            body.set("content", content(route.shape().request(), route.shape().types()));
        }
        ObjectNode responses = operation.putObject("responses");
        ObjectNode done = responses.putObject("200");
        done.put("description", "Done");
        if (route.shape().response() != null) {
            done.set("content", content(route.shape().response(), List.of()));
        }
        ObjectNode failed = responses.putObject("default");
        failed.put("description", "Refused or failed");
        failed.putObject("content").putObject(Reply.JSON).putObject("schema").put("$ref", "#/components/schemas/Error");
        ArrayNode security = operation.putArray("security");
        if (!route.access().isPublic()) {
            security.addObject().putArray(KEY);
        }
        return operation;
    }

    private static ObjectNode parameter(String name, String in, boolean required) {
        ObjectNode parameter = NODES.objectNode();
        parameter.put("name", name);
        parameter.put("in", in);
        parameter.put("required", required);
        parameter.putObject("schema").put("type", "string");
        return parameter;
    }

    /** Bytes are whatever their protocol says. */
    private ObjectNode content(Class<?> type, List<String> types) {
        ObjectNode content = NODES.objectNode();
        if (type == byte[].class) {
            (types.isEmpty() ? List.of("*/*") : types).forEach(content::putObject);
        } else {
            content.putObject(Reply.JSON).set("schema", schemas.createSchemaReference(type));
        }
        return content;
    }

    private static ObjectNode error() {
        ObjectNode error = NODES.objectNode();
        error.put("type", "object");
        ObjectNode members = error.putObject("properties");
        for (String name : List.of("error", "code", "request_id")) {
            members.putObject(name).put("type", "string");
        }
        error.putArray("required").add("error");
        return error;
    }
}
