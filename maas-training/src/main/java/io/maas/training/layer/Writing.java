package io.maas.training.layer;

import io.maas.error.GraphException;
import io.maas.error.ShapeMismatchException;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A network that is being written: what all its scopes share. */
final class Writing {
    /** The input that makes a step's random numbers its own. */
    static final String SEED = "random/seed";

    /** A parameter that was asked for, and its value as it is at this place of the network. */
    private record Held(Parameter parameter, Value first, Value latest, boolean shared) {}

    final GraphBuilder graph;
    final DataType dataType;
    final Mode mode;
    final Carried carried;
    private final Function<Parameter, Value> source;
    private final Map<String, Held> held = new LinkedHashMap<>();
    private final Map<Shape, Value> rowKeys = new HashMap<>();
    private @Nullable Value seed;
    private int draws;
    private boolean explained;

    Writing(GraphBuilder graph, DataType dataType, Mode mode, Carried carried, Function<Parameter, Value> source) {
        this.graph = graph;
        this.carried = carried;
        this.dataType = dataType;
        this.mode = mode;
        this.source = source;
    }

    // ---- parameters

    /** @param shared whether another part of the network may ask for the same one */
    Value parameter(Parameter wanted, boolean shared) {
        Held known = held.get(wanted.name());
        if (known == null) {
            Value value = source.apply(wanted);
            held.put(wanted.name(), new Held(wanted, value, value, shared));
            return value;
        }
        if (!known.shared || !shared) {
            throw new GraphException("parameter " + wanted.name()
                    + " is asked for twice (expected: names that differ within a layer; or put the layer into shared(…) wherever it"
                    + " stands)");
        }
        if (!known.parameter.shape().equals(wanted.shape()) || known.parameter.role() != wanted.role()) {
            throw new ShapeMismatchException(
                    "shared parameter " + wanted.name() + " does not fit: got " + described(wanted) + ", expected "
                            + described(known.parameter)
                            + " as where it was first used; share layers of the same sizes only",
                    known.parameter.shape().toString(),
                    wanted.shape().toString());
        }
        return known.latest;
    }

    private static String described(Parameter parameter) {
        return parameter.role().name().toLowerCase(java.util.Locale.ROOT) + " " + parameter.shape();
    }

    void update(String name, Value next) {
        Held known = held.get(name);
        if (known == null || known.parameter.role() != Parameter.Role.BUFFER) {
            throw new IllegalStateException(
                    "update: " + name + " (expected: a buffer that the layer asked for in the same application)");
        }
        held.put(name, new Held(known.parameter, known.first, next, known.shared));
    }

    /** How many parameters were asked for so far. */
    int count() {
        return held.size();
    }

    /** Those that were asked for from the given count on. */
    List<Parameter> since(int count) {
        return held.values().stream().skip(count).map(Held::parameter).toList();
    }

    Applied applied(NamedValues outputs) {
        Map<Parameter, Value> parameters = new LinkedHashMap<>();
        Map<Parameter, Value> updates = new LinkedHashMap<>();
        for (Held each : held.values()) {
            parameters.put(each.parameter, each.first);
            if (!each.latest.equals(each.first)) {
                updates.put(each.parameter, each.latest);
            }
        }
        return new Applied(outputs, parameters, updates, seed);
    }

    // ---- chance

    /** The input of one number that differs from step to step. */
    Value seed() {
        Value known = seed;
        if (known == null) {
            known = graph.input(SEED, DataType.INT64, Shape.scalar());
            seed = known;
        }
        return known;
    }

    /** The number of uses of chance before this one. */
    int nextDraw() {
        return draws++;
    }

    /** What belongs to rows that are as many as this shape has elements; made once where equal symbols say that it is the same. */
    Value rowKeys(Shape rows, Supplier<Value> made) {
        boolean known = Arrays.stream(rows.dimensions()).noneMatch(Shape.UNKNOWN::equals);
        Value keys = known ? rowKeys.get(rows) : null;
        if (keys == null) {
            keys = made.get();
            rowKeys.put(rows, keys);
        }
        return keys;
    }

    // ---- mistakes

    ShapeMismatchException mismatch(String path, Value input, String expected, String remedy) {
        explained = true;
        String actual = described(input);
        return new ShapeMismatchException(
                "layer " + path + " does not fit its input: got " + actual + ", expected " + expected + "; " + remedy,
                expected,
                actual);
    }

    private static String described(Value input) {
        String type =
                input.dataType().isFloating() ? "" : input.dataType().name().toLowerCase(java.util.Locale.ROOT) + " ";
        return type + input.shape();
    }

    /** The same, said of the layer whose graph could not be written. */
    RuntimeException located(RuntimeException cause, String path, Value input) {
        if (explained) {
            return cause;
        }
        explained = true;
        String message = "layer " + path + ", given " + described(input) + ": " + cause.getMessage();
        if (cause instanceof ShapeMismatchException shapes) {
            ShapeMismatchException located = new ShapeMismatchException(message, shapes.expected(), shapes.actual());
            located.initCause(cause);
            return located;
        }
        return new GraphException(message, cause);
    }
}
