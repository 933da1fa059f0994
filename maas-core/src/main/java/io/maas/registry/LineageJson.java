package io.maas.registry;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.maas.error.Require;
import io.maas.model.Environment;
import io.maas.model.Lineage;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The JSON form of a lineage, as a part of a manifest. */
final class LineageJson {
    private LineageJson() {}

    static Value value(Lineage lineage) {
        Map<String, String> metrics = new TreeMap<>();
        lineage.metrics().forEach((name, value) -> metrics.put(name, ManifestJson.decimal(value)));
        Struct.Builder data = Struct.newBuilder();
        lineage.data().forEach((role, each) -> data.putFields(role, data(each)));
        Long seed = lineage.seed();
        return Json.object(Struct.newBuilder()
                .putFields("data", Json.object(data))
                .putFields("seed", seed == null ? Json.value(null) : Json.value(seed))
                .putFields("settings", Json.texts(lineage.settings()))
                .putFields("metrics", Json.texts(metrics))
                .putFields("environment", environment(lineage.environment()))
                .putFields("parent", parent(lineage.parent()))
                .putFields("weightsHash", Json.value(lineage.weightsHash())));
    }

    static Lineage read(Json json) {
        Lineage lineage = new Lineage(
                data(json.object("data")),
                json.nullableNumber("seed"),
                json.texts("settings"),
                metrics(json),
                environment(json.object("environment")),
                parent(json.nullableObject("parent")),
                json.nullableText("weightsHash"));
        json.end();
        return lineage;
    }

    /** Of a manifest of the first format. */
    static Lineage readFirst(Json json) {
        Lineage lineage = new Lineage(
                json.nullableText("dataHash"),
                json.nullableNumber("seed"),
                json.texts("settings"),
                metrics(json),
                json.text("libraryVersion"));
        json.end();
        return lineage;
    }

    private static Map<String, Double> metrics(Json json) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        json.texts("metrics")
                .forEach((name, text) -> metrics.put(name, ManifestJson.decimal("lineage.metrics." + name, text)));
        return metrics;
    }

    private static Value data(Lineage.Data data) {
        return Json.object(Struct.newBuilder()
                .putFields("sha256", Json.value(data.sha256()))
                .putFields("rows", Json.value(data.rows()))
                .putFields("origin", Json.value(data.origin())));
    }

    private static Map<String, Lineage.Data> data(Json json) {
        Map<String, Lineage.Data> data = new LinkedHashMap<>();
        for (String role : json.names()) {
            Json each = json.object(role);
            long rows = each.number("rows");
            Require.that(rows >= 0, "rows", rows, "rows >= 0");
            data.put(role, new Lineage.Data(each.text("sha256"), rows, each.text("origin")));
            each.end();
        }
        return data;
    }

    private static Value environment(Environment environment) {
        return Json.object(Struct.newBuilder()
                .putFields("library", Json.value(environment.library()))
                .putFields("engine", Json.value(environment.engine()))
                .putFields("java", Json.value(environment.java()))
                .putFields("platform", Json.value(environment.platform()))
                .putFields("processor", Json.value(environment.processor())));
    }

    private static Environment environment(Json json) {
        Environment environment = new Environment(
                json.text("library"),
                json.text("engine"),
                json.text("java"),
                json.text("platform"),
                json.text("processor"));
        json.end();
        return environment;
    }

    private static Value parent(Lineage.@Nullable Parent parent) {
        return parent == null
                ? Json.value(null)
                : Json.object(Struct.newBuilder()
                        .putFields("model", Json.value(parent.model()))
                        .putFields("number", Json.value(parent.number()))
                        .putFields("digest", Json.value(parent.digest())));
    }

    private static Lineage.@Nullable Parent parent(@Nullable Json json) {
        if (json == null) {
            return null;
        }
        long number = json.number("number");
        Require.that(number > 0 && number <= Integer.MAX_VALUE, "number", number, "number > 0");
        Lineage.Parent parent = new Lineage.Parent(
                Require.name(json.text("model"), "model"), (int) number, Digests.require(json.text("digest")));
        json.end();
        return parent;
    }
}
