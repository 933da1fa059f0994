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
import io.vertx.core.http.HttpMethod;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The table of routes as an OpenAPI 3.1 document. */
final class OpenApi {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
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
            ObjectNode operation = operation(route);
            path.set(route.method().name().toLowerCase(Locale.ROOT), operation);
            if (route.method().equals(HttpMethod.GET)) {
                path.set("head", head(operation));
            }
        }
        ObjectNode components = root.putObject("components");
        ObjectNode all = components.putObject("schemas");
        all.setAll(schemas.collectDefinitions("components/schemas"));
        all.set("Error", error());
        all.set("OpenAiError", openAiError());
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
        route.parameters().forEach(name -> parameters.add(parameter(name, "path", true)));
        route.shape().query().forEach(name -> parameters.add(parameter(name, "query", false)));
        if (route.shape().request() != null) {
            ObjectNode body = operation.putObject("requestBody");
            body.put("required", route.shape().request() != byte[].class);
            body.set("content", content(route.shape().request(), route.shape().types()));
        }
        ObjectNode responses = operation.putObject("responses");
        ObjectNode done = responses.putObject(Integer.toString(route.shape().status()));
        done.put("description", "Done");
        if (route.shape().response() != null) {
            done.set("content", content(route.shape().response(), List.of()));
        }
        ObjectNode failed = responses.putObject("default");
        failed.put("description", "Refused or failed");
        failed.putObject("content")
                .putObject(Reply.JSON)
                .putObject("schema")
                .put("$ref", "#/components/schemas/" + (Failure.isOpenAi(route.path()) ? "OpenAiError" : "Error"));
        ArrayNode security = operation.putArray("security");
        if (!route.access().isPublic()) {
            security.addObject().putArray(KEY);
        }
        return operation;
    }

    /** As GET, whose answer it gives without the body. */
    private static ObjectNode head(ObjectNode get) {
        ObjectNode head = get.deepCopy();
        head.put("operationId", get.get("operationId").asText() + "Head");
        head.put("summary", get.get("summary").asText() + "; its headers alone");
        head.get("responses").forEach(response -> ((ObjectNode) response).remove("content"));
        return head;
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

    private static ObjectNode openAiError() {
        ObjectNode error = NODES.objectNode();
        error.put("type", "object");
        ObjectNode inner = error.putObject("properties").putObject("error");
        error.putArray("required").add("error");
        inner.put("type", "object");
        ObjectNode members = inner.putObject("properties");
        for (String name : List.of("message", "type", "code")) {
            members.putObject(name).put("type", "string");
        }
        members.putObject("param").put("type", "null");
        inner.putArray("required").add("message").add("type").add("param").add("code");
        return error;
    }
}
