package io.maas.pipeline;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.Require;
import io.maas.graph.onnx.OnnxTensors;
import io.maas.registry.Json;
import io.maas.registry.SpecJson;
import io.maas.tensor.Tensors;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The JSON form of a definition. Equal definitions give equal bytes. */
final class DefinitionJson {
    private static final long FORMAT = 1;

    /** How deep works may stand in each other; the reader of JSON has a bound of its own, far above. */
    private static final int DEPTH = 16;

    private DefinitionJson() {}

    static byte[] write(PipelineDefinition definition) {
        List<Value> steps =
                definition.steps().stream().map(DefinitionJson::value).toList();
        List<Value> outputs = new ArrayList<>();
        definition
                .outputs()
                .forEach((name, source) -> outputs.add(Json.object(Struct.newBuilder()
                        .putFields("name", Json.value(name))
                        .putFields("from", Json.value(source)))));
        return Json.write(Struct.newBuilder()
                .putFields("format", Json.value(FORMAT))
                .putFields("inputs", SpecJson.value(definition.inputs()))
                .putFields("steps", Json.list(steps))
                .putFields("outputs", Json.list(outputs)));
    }

    /**
     * The definition of those bytes.
     *
     * @param title whose it is, for messages
     * @throws ArtifactRejectedException if anything is missing, unknown or odd, naming it
     */
    static PipelineDefinition read(byte[] bytes, String title) {
        try {
            Json json = Json.parse(bytes);
            long format = json.number("format");
            Require.that(format == FORMAT, "format", format, Long.toString(FORMAT));
            List<Step> steps = new ArrayList<>();
            for (Json step : json.objects("steps")) {
                steps.add(step(step));
            }
            Map<String, String> outputs = new LinkedHashMap<>();
            for (Json output : json.objects("outputs")) {
                String name = output.text("name");
                Require.that(
                        outputs.put(name, output.text("from")) == null,
                        "output",
                        Require.quote(name),
                        "each name once");
                output.end();
            }
            PipelineDefinition definition = new PipelineDefinition(SpecJson.read(json, "inputs"), steps, outputs);
            json.end();
            return definition;
        } catch (IllegalArgumentException e) {
            throw new ArtifactRejectedException(
                    "definition of pipeline " + title + " is not valid: " + e.getMessage()
                            + "; publish the pipeline again",
                    e);
        }
    }

    private static Value value(Step step) {
        Duration timeout = step.timeout();
        Work fallback = step.fallback();
        return Json.object(Struct.newBuilder()
                .putFields("name", Json.value(step.name()))
                .putFields("work", value(step.work()))
                .putFields("inputs", Json.texts(step.inputs()))
                .putFields("timeoutNanos", timeout == null ? Json.value(null) : Json.value(timeout.toNanos()))
                .putFields("fallback", fallback == null ? Json.value(null) : value(fallback)));
    }

    private static Step step(Json json) {
        Json fallback = json.nullableObject("fallback");
        Long timeout = json.nullableNumber("timeoutNanos");
        Step step = new Step(
                json.text("name"),
                work(json.object("work"), 0),
                json.texts("inputs"),
                timeout == null ? null : Duration.ofNanos(timeout),
                fallback == null ? null : work(fallback, 0));
        json.end();
        return step;
    }

    private static Value value(Work work) {
        Struct.Builder json = Struct.newBuilder();
        if (work instanceof Work.CallModel call) {
            json.putFields("kind", Json.value("model")).putFields("model", Json.value(call.reference()));
        } else if (work instanceof Work.CallFunction call) {
            json.putFields("kind", Json.value("function")).putFields("function", Json.value(call.function()));
        } else if (work instanceof Work.Give give) {
            json.putFields("kind", Json.value("give")).putFields("tensors", tensors(give.tensors()));
        } else if (work instanceof Work.Mean mean) {
            Struct.Builder weights = Struct.newBuilder();
            mean.weights().forEach((input, weight) -> weights.putFields(input, Json.value(weight.doubleValue())));
            json.putFields("kind", Json.value("mean")).putFields("weights", Json.object(weights));
        } else if (work instanceof Work.Vote) {
            json.putFields("kind", Json.value("vote"));
        } else if (work instanceof Work.Join) {
            json.putFields("kind", Json.value("join"));
        } else if (work instanceof Work.Unsure unsure) {
            json.putFields("kind", Json.value("unsure"))
                    .putFields("measure", Json.value(unsure.measure().name()))
                    .putFields("below", Json.value(unsure.below()));
        } else if (work instanceof Work.Choose choose) {
            Struct.Builder cases = Struct.newBuilder();
            choose.cases().forEach((label, each) -> cases.putFields(label, value(each)));
            json.putFields("kind", Json.value("choose")).putFields("cases", Json.object(cases));
        } else if (work instanceof Work.Pass pass) {
            json.putFields("kind", Json.value("pass")).putFields("inputs", Json.texts(pass.inputs()));
        } else {
            throw new AssertionError("work without a form: " + work);
        }
        return Json.object(json);
    }

    private static Work work(Json json, int depth) {
        Require.that(depth < DEPTH, "works in works", depth, "fewer than " + DEPTH);
        String kind = json.text("kind");
        Work work = switch (kind) {
            case "model" -> Work.model(json.text("model"));
            case "function" -> Work.function(json.text("function"));
            case "give" -> new Work.Give(tensors(json));
            case "mean" -> mean(json.object("weights"));
            case "vote" -> new Work.Vote();
            case "join" -> new Work.Join();
            case "unsure" -> new Work.Unsure(Work.Confidence.valueOf(json.text("measure")), json.decimal("below"));
            case "choose" -> choose(json.object("cases"), depth);
            case "pass" -> new Work.Pass(json.texts("inputs"));
            default ->
                throw new IllegalArgumentException("kind: " + Require.quote(kind)
                        + " (expected: model, function, give, mean, vote, join, unsure, choose or pass)");
        };
        json.end();
        return work;
    }

    private static Work mean(Json json) {
        Map<String, Double> weights = new LinkedHashMap<>();
        json.names().forEach(input -> weights.put(input, json.decimal(input)));
        json.end();
        return new Work.Mean(weights);
    }

    private static Work choose(Json json, int depth) {
        Map<String, Work> cases = new LinkedHashMap<>();
        json.names().forEach(label -> cases.put(label, work(json.object(label), depth + 1)));
        json.end();
        return new Work.Choose(cases);
    }

    /** In ONNX's own form, as text. */
    private static Value tensors(Tensors tensors) {
        List<Value> values = new ArrayList<>();
        tensors.forEach(entry -> values.add(Json.object(Struct.newBuilder()
                .putFields(
                        "onnx",
                        Json.value(Base64.getEncoder()
                                .encodeToString(OnnxTensors.write(entry.name(), entry.tensor())))))));
        return Json.list(values);
    }

    private static Tensors tensors(Json json) {
        List<Tensors.Entry> entries = new ArrayList<>();
        for (Json tensor : json.objects("tensors")) {
            entries.add(OnnxTensors.read(Base64.getDecoder().decode(tensor.text("onnx"))));
            tensor.end();
        }
        return Tensors.copyOf(entries);
    }
}
