package io.maas.training.finetune;

import io.maas.backend.Backend;
import io.maas.backend.Backends;
import io.maas.backend.ProgramOptions;
import io.maas.error.Require;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Renaming;
import io.maas.graph.Value;
import io.maas.graph.pass.Passes;
import io.maas.model.Artifact;
import io.maas.model.Lineage;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Loss;
import io.maas.train.NamePattern;
import io.maas.training.layer.Applied;
import io.maas.training.layer.Input;
import io.maas.training.layer.Layer;
import io.maas.training.layer.Mode;
import io.maas.training.layer.NamedValues;
import io.maas.training.layer.Network;
import io.maas.training.layer.Parameter;
import io.maas.training.loop.Objective;
import io.maas.training.loop.State;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a recipe comes to for its model: which weights learn, the graph up to the loss, and the model that results. */
final class Plan {
    private static final String HEAD = "head/";

    /** What learns, and what is put behind the model. */
    record Choice(
            List<NamePattern> frozen,
            List<NamePattern> only,
            Map<NamePattern, Double> rates,
            @Nullable Lora lora,
            List<Layer> head,
            String headName,
            List<Layer> lossHead) {}

    /** How it is run, and what is known of it. */
    record Frame(
            long memoryBudget,
            UnaryOperator<Graph> pass,
            long seed,
            @Nullable Backend backend,
            ProgramOptions options,
            Map<String, String> notes,
            @Nullable String dataHash,
            @Nullable Artifact parent,
            Lineage.@Nullable Parent version) {
        Backend engine() {
            return backend == null ? Backends.load().preferred() : backend;
        }
    }

    private final Graph model;
    private final Graph trained;
    private final Value output;
    private final Choice choice;
    private final Frame frame;
    private final List<Weight> weights;
    private final @Nullable Adapters adapters;

    Plan(Graph model, String outputName, Choice choice, Frame frame) {
        this.model = model;
        this.choice = choice;
        this.frame = frame;
        Graph part = Parts.raised(Parts.cut(model, List.of(find(model, outputName))));
        // One node has a cheaper gradient than the many that exporters write it in.
        this.trained = Passes.knownSizes().then(Passes.recognition()).apply(part);
        this.output = trained.outputs().get(0);
        Require.that(
                output.dataType().isFloating(),
                "output",
                output,
                "one of a floating-point type; choose another with output(…)");
        List<Weight> candidates = Reach.weights(trained, output);
        this.adapters = adapters(candidates);
        this.weights = choose(candidates);
    }

    static Value find(Graph model, String name) {
        return GraphBuilder.from(model).value(name);
    }

    // ---- what learns

    private @Nullable Adapters adapters(List<Weight> candidates) {
        Lora lora = choice.lora();
        if (lora == null) {
            return null;
        }
        Set<String> names = lora.patterns().stream()
                .map(NamePattern::of)
                .flatMap(pattern -> matching(
                        "pattern of lora",
                        pattern,
                        candidates.stream()
                                .filter(weight -> Adapters.takes(trained, weight.name()))
                                .toList())
                        .stream())
                .map(Weight::name)
                .collect(Collectors.toSet());
        return new Adapters(lora, trained, names);
    }

    private List<Weight> choose(List<Weight> candidates) {
        List<Weight> able = candidates.stream().filter(Weight::trainable).toList();
        choice.frozen().forEach(pattern -> matching("pattern of freeze", pattern, candidates));
        for (NamePattern pattern : choice.only()) {
            List<Weight> matching = matching("pattern of trainOnly", pattern, candidates);
            if (matching.stream().noneMatch(Weight::trainable)) {
                Weight first = matching.get(0);
                throw Require.failure(
                        "pattern of trainOnly",
                        Require.quote(pattern.text()),
                        "a weight that can learn, but " + first.name() + first.shape() + " cannot: " + first.reason());
            }
        }
        boolean byDefault = choice.only().isEmpty() && adapters == null;
        List<Weight> chosen =
                candidates.stream().map(weight -> chosen(weight, byDefault)).toList();
        boolean learns = adapters != null || !choice.head().isEmpty();
        Require.that(
                learns || chosen.stream().anyMatch(Weight::trainable),
                "weights that learn",
                0,
                able.isEmpty()
                        ? "at least one; " + whyNone(candidates)
                        : "at least one of " + able.size() + "; freeze less, or attach a head");
        return chosen;
    }

    private String whyNone(List<Weight> candidates) {
        return candidates.stream()
                .filter(weight -> weight.elements() > 1)
                .map(weight -> weight.name() + " is " + weight.reason())
                .findFirst()
                .orElse("output " + output.name() + " depends on none; choose another with output(…)");
    }

    private Weight chosen(Weight weight, boolean byDefault) {
        if (!weight.trainable()) {
            return weight;
        }
        NamePattern frozenBy =
                choice.frozen().stream().filter(weight::matches).findFirst().orElse(null);
        boolean learns =
                frozenBy == null && (byDefault || choice.only().stream().anyMatch(weight::matches));
        String reason = learns ? "" : frozenBy == null ? "not chosen" : "frozen by " + frozenBy.text();
        return new Weight(weight.name(), weight.readBy(), weight.dataType(), weight.shape(), learns, reason);
    }

    private static List<Weight> matching(String what, NamePattern pattern, List<Weight> weights) {
        List<Weight> matching =
                weights.stream().filter(weight -> weight.matches(pattern)).toList();
        // An asterisk alone is meant for whatever there is.
        if (matching.isEmpty() && !pattern.text().equals("*")) {
            throw Require.failure(
                    what,
                    Require.quote(pattern.text()),
                    "one that matches at least one of " + weights.size() + " names, such as "
                            + weights.stream()
                                    .limit(5)
                                    .map(weight -> weight.name()
                                            + (weight.readBy().isEmpty() ? "" : " (read by " + weight.readBy() + ")"))
                                    .toList());
        }
        return matching;
    }

    List<Weight> weights() {
        return weights;
    }

    /** What learns of the model, and the adapters, with the values to start from; the head is not known before it is written. */
    private Map<String, Tensor> initial() {
        Map<String, Tensor> initial = new LinkedHashMap<>();
        for (Weight weight : weights) {
            if (weight.trainable()) {
                initial.put(weight.name(), trained.constants().get(weight.name()));
            }
        }
        if (adapters != null) {
            initial.putAll(adapters.initial(frame.seed()));
        }
        return initial;
    }

    // ---- the way to the loss

    /** The graph up to the loss, with all that learns as inputs. */
    Objective objective(Loss loss, Mode mode) {
        Map<String, Tensor> initial = initial();
        Graph adapted = adapters == null ? trained : adapters.into(trained, initial);
        Graph open = Passes.knownSizes().apply(Parts.withInputs(adapted, initial));
        GraphBuilder builder = GraphBuilder.from(open);
        Map<Value, Tensor> parameters = new LinkedHashMap<>();
        initial.forEach((name, tensor) -> parameters.put(builder.value(name), tensor));
        Applied head = attach(
                builder,
                open.outputs().get(0),
                choice.head(),
                mode,
                parameter -> State.declare(builder, HEAD, parameter, mode, frame.seed()));
        parameters.putAll(State.learned(head, frame.seed()));
        Value prediction = attach(builder, head.outputs().first(), choice.lossHead(), Mode.INFERENCE, parameter -> {
                    throw Require.failure(
                            "lossHead",
                            parameter.name(),
                            "layers without parameters; what learns belongs into head(…)");
                })
                .outputs()
                .first();
        return Objective.of(builder, prediction, loss, parameters, rates(parameters))
                .with(State.of(head, frame.seed()));
    }

    private static Applied attach(
            GraphBuilder builder, Value input, List<Layer> layers, Mode mode, Function<Parameter, Value> parameters) {
        Input named = Input.any("input");
        return Network.of(List.of(named), (scope, in) -> {
                    Value value = in.first();
                    for (Layer layer : layers) {
                        value = scope.apply(layer, value);
                    }
                    return NamedValues.of("output", value);
                })
                .apply(builder, NamedValues.of(named.name(), input), mode, parameters);
    }

    private Map<String, Double> rates(Map<Value, Tensor> parameters) {
        Map<String, Double> factors = new LinkedHashMap<>();
        List<Weight> learning = new ArrayList<>();
        Map<String, Weight> known = weights.stream().collect(Collectors.toMap(Weight::name, Function.identity()));
        parameters.forEach((value, tensor) -> learning.add(known.getOrDefault(
                value.name(), new Weight(value.name(), "", tensor.dataType(), tensor.shape(), true, ""))));
        choice.rates()
                .forEach((pattern, factor) -> matching("pattern of rate", pattern, learning)
                        .forEach(weight -> factors.put(weight.name(), factor)));
        return factors;
    }

    // ---- the model that results

    /**
     * The model with what was learned as constants. Without a head and with an output of the model it has the inputs and outputs
     * of the model that it came from.
     */
    Graph result(Tensors learned) {
        boolean whole = choice.head().isEmpty() && isOutput();
        Graph base = whole ? model : trained;
        Map<String, Tensor> changed = learned.toMap();
        Lora lora = choice.lora();
        if (adapters != null && lora != null) {
            if (lora.merged()) {
                changed.putAll(adapters.merged(learned));
            } else {
                base = adapters.into(base, changed);
            }
        }
        Graph filled = Parts.withConstants(base, changed);
        return choice.head().isEmpty() ? filled : withHead(filled, learned);
    }

    private boolean isOutput() {
        return model.outputs().stream().anyMatch(value -> value.name().equals(output.name()));
    }

    private Graph withHead(Graph filled, Tensors learned) {
        // What the model ends in is an output no more, and gives its name away.
        Graph body = Renaming.freed(filled, choice.headName());
        GraphBuilder builder = GraphBuilder.from(body);
        Applied head = attach(
                builder,
                body.outputs().get(0),
                choice.head(),
                Mode.INFERENCE,
                parameter -> builder.constant(HEAD + parameter.name(), learned.get(HEAD + parameter.name())));
        builder.output(choice.headName(), head.outputs().first());
        return builder.build();
    }

    // ---- checks and facts

    /**
     * Refuses a model whose batch is a number: the step would learn from batches of that size only.
     *
     * @throws IllegalArgumentException if the first size of an input is fixed
     */
    void requireFreeBatch() {
        for (Value input : model.inputs()) {
            Shape shape = input.hasShape() ? input.shape() : null;
            Require.that(
                    shape == null || shape.rank() == 0 || shape.symbol(0) != null,
                    "input",
                    input,
                    "a symbol as its first size; export the model with a dynamic batch axis");
        }
    }

    Graph model() {
        return model;
    }

    Frame frame() {
        return frame;
    }

    /** What was chosen, for the lineage. */
    Map<String, String> settings(long learning) {
        Map<String, String> settings = new LinkedHashMap<>(frame.notes());
        settings.put("output", output.name());
        settings.put("learning", String.valueOf(learning));
        put(settings, "frozen", choice.frozen().stream().map(NamePattern::text).toList());
        put(settings, "trainOnly", choice.only().stream().map(NamePattern::text).toList());
        put(settings, "head", choice.head().stream().map(Layer::name).toList());
        put(settings, "lossHead", choice.lossHead().stream().map(Layer::name).toList());
        put(
                settings,
                "rates",
                choice.rates().entrySet().stream()
                        .map(each -> each.getKey().text() + " x " + each.getValue())
                        .toList());
        if (choice.lora() != null) {
            settings.put("lora", choice.lora().toString());
        }
        return settings;
    }

    private static void put(Map<String, String> settings, String name, List<String> values) {
        if (!values.isEmpty()) {
            settings.put(name, String.join(", ", values));
        }
    }
}
