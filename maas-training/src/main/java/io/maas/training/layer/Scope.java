package io.maas.training.layer;

import io.maas.error.GraphException;
import io.maas.error.ShapeMismatchException;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where a layer writes: the graph, and the place in the network that its parameters are named after.
 *
 * <p>Not thread-safe; for use during {@link Layer#apply} only.
 */
public final class Scope {
    /**
     * A part of a network as its summary shows it.
     *
     * @param parameters what it was the first to ask for
     * @param reuses whether it asked for nothing but what others had asked for
     */
    record Part(String name, Shape output, List<Parameter> parameters, boolean reuses) {}

    private final Writing writing;
    private final String path;
    private final boolean shared;
    private final boolean frozen;
    private final Map<String, Integer> counters = new HashMap<>();
    private final List<Part> parts = new ArrayList<>();
    private boolean asked;

    Scope(Writing writing) {
        this(writing, "", false, false);
    }

    private Scope(Writing writing, String path, boolean shared, boolean frozen) {
        this.writing = writing;
        this.path = path;
        this.shared = shared;
        this.frozen = frozen;
    }

    /** The graph to write to. */
    public GraphBuilder graph() {
        return writing.graph;
    }

    /** The type that the network computes in: float32 or float64. */
    public DataType dataType() {
        return writing.dataType;
    }

    /** Whether the layer is written to learn: {@link Mode#TRAINING}, and not within {@link Layers#frozen}. */
    public boolean training() {
        return writing.mode == Mode.TRAINING && !frozen;
    }

    /** The place in the network, such as {@code dense_1}, for messages; empty at the top. */
    public String path() {
        return path;
    }

    // ---- what the layer keeps

    /**
     * A tensor to be learned.
     *
     * @param name unique within the layer, such as {@code weight}
     */
    public Value parameter(String name, Initializer initializer, long... shape) {
        return held(name, initializer, frozen ? Parameter.Role.FROZEN : Parameter.Role.LEARNED, shape);
    }

    /**
     * A tensor that is not learned but kept from step to step, such as a running mean, as it is before this step. In training
     * the layer may give it a new value with {@link #update}; an exported model has its last value as a constant.
     *
     * @param name unique within the layer
     */
    public Value buffer(String name, Initializer initializer, long... shape) {
        return held(name, initializer, Parameter.Role.BUFFER, shape);
    }

    private Value held(String name, Initializer initializer, Parameter.Role role, long... shape) {
        asked = true;
        return writing.parameter(new Parameter(inside(name), dataType(), Shape.of(shape), initializer, role), shared);
    }

    /**
     * Gives a buffer its value for the next step.
     *
     * @param name as it was asked for
     * @param next of the buffer's shape
     * @throws IllegalStateException if there is no such buffer, or not {@link #training}
     */
    public void update(String name, Value next) {
        requireTraining("update of " + inside(name));
        writing.update(inside(name), next);
    }

    // ---- chance

    /**
     * Random numbers, uniform over [0, 1], others in each step and at each place of the network, and the same on every engine.
     *
     * @param like has their shape
     * @throws IllegalStateException unless {@link #training}
     */
    public Value uniform(Value like) {
        requireTraining("random numbers");
        return Chance.uniform(writing, like);
    }

    /** {@code 1 / (1 - rate)} where a random number is at least {@code rate}, 0 elsewhere; as {@link #uniform}, in fewer steps. */
    Value kept(Value like, double rate) {
        return Chance.kept(writing, like, rate);
    }

    private void requireTraining(String what) {
        if (!training()) {
            throw new IllegalStateException(
                    what + " in layer " + path + ": asked for in inference (expected: only where scope.training())");
        }
    }

    // ---- pieces of sequences

    /** What the layer hands on, where a sequence comes in pieces. */
    Carried carried() {
        return writing.carried;
    }

    /**
     * A tensor behind what came of it with the pieces before; itself where sequences are whole.
     *
     * @param layer from {@link Carried#nextLayer}
     * @param axis the places
     */
    Value joined(int layer, String kind, Value piece, int axis) {
        Value past = carried().past(layer, kind, piece.dataType(), piece.shape().with(axis, Carried.PAST));
        Value all = past == null ? piece : graph().node(Op.CONCAT, Attributes.of("axis", axis), past, piece);
        carried().present(layer, kind, all);
        return all;
    }

    // ---- parts

    /**
     * Writes another layer as a part of this one, under its name and its number among the parts of that name.
     *
     * @throws ShapeMismatchException if the layer cannot take such an input; the message names the layer
     * @throws GraphException if it cannot be written for another reason; the message names the layer
     */
    public Value apply(Layer layer, Value input) {
        String local = layer.name() + "_" + counters.merge(layer.name(), 1, Integer::sum);
        Scope part = new Scope(writing, inside(local), shared, frozen);
        int before = writing.count();
        Value output;
        try {
            output = graph().scope(local, () -> layer.apply(part, input));
        } catch (GraphException | ShapeMismatchException e) {
            throw writing.located(e, part.path, input);
        }
        asked |= part.asked;
        List<Parameter> own = writing.since(before);
        parts.add(new Part(local, output.shape(), own, part.asked && own.isEmpty()));
        return output;
    }

    /** Writes a layer whose parameters belong to the network as a whole, under a name of their own. */
    Value applyShared(String name, Layer layer, Value input) {
        return applyIn(new Scope(writing, name, true, frozen), layer, input);
    }

    Value applyFrozen(Layer layer, Value input) {
        return applyIn(new Scope(writing, path, shared, true), layer, input);
    }

    private Value applyIn(Scope other, Layer layer, Value input) {
        Value output = layer.apply(other, input);
        asked |= other.asked;
        return output;
    }

    List<Part> parts() {
        return parts;
    }

    private String inside(String name) {
        return path.isEmpty() ? name : path + "/" + name;
    }

    // ---- mistakes

    /**
     * An input that the layer cannot take, for the layer to throw.
     *
     * @param expected what shape it wants, such as {@code [batch, 4]}
     * @param remedy how to mend it
     */
    public ShapeMismatchException mismatch(Value input, String expected, String remedy) {
        return writing.mismatch(path, input, expected, remedy);
    }
}
