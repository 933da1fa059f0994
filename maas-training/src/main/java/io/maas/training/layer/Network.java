package io.maas.training.layer;

import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What is to be trained: layers, and the names of the model's inputs and outputs. It holds no weights; training makes those.
 *
 * <pre>{@code
 * Network digits = Network.sequential(dense(64, 128), relu(), dense(128, 10)).named("pixels", "scores");
 *
 * Network answers = Network.of(List.of(Input.ids("question", 20), Input.ids("answer", 40)), (scope, in) -> {
 *     Layer tower = shared("tower", sequential(embedding(5000, 64), gru(64).lastState()));
 *     Value question = scope.apply(tower, in.get("question"));
 *     Value answer = scope.apply(tower, in.get("answer"));
 *     return NamedValues.of("fit", scope.graph().reduceSum(scope.graph().mul(question, answer), true, 1));
 * });
 * }</pre>
 *
 * <p>Whether it is written to learn or to answer is for {@link #apply} to say; see {@link Mode}.
 *
 * <p>Immutable and thread-safe.
 */
public final class Network {
    /** The name of the first axis. */
    public static final String BATCH = "batch";

    /** Layers over named values. */
    @FunctionalInterface
    public interface Body {
        /**
         * Writes the network; must write the same each time.
         *
         * @param scope gives the graph; layers are written with {@link Scope#apply}
         * @param inputs as they were declared
         * @return the outputs; the first is what a loss compares with the targets
         */
        NamedValues apply(Scope scope, NamedValues inputs);
    }

    private final List<Input> inputs;
    private final Body body;

    private Network(List<Input> inputs, Body body) {
        this.inputs = List.copyOf(inputs);
        this.body = body;
    }

    /** Layers one behind the other; the input is named {@code input} and the output {@code output}. */
    public static Network sequential(Layer... layers) {
        return of(Layers.sequential(layers));
    }

    /** A network of one layer, which may be made of others; the input is named {@code input} and the output {@code output}. */
    public static Network of(Layer layer) {
        Input input = new Input("input", null, layer.inputRow());
        return new Network(List.of(input), (scope, in) -> NamedValues.of("output", layer.apply(scope, in.first())));
    }

    /**
     * A network over named values, with any number of inputs and outputs.
     *
     * @param inputs at least one, with names that differ
     */
    public static Network of(List<Input> inputs, Body body) {
        Require.that(!inputs.isEmpty(), "inputs", 0, "at least one");
        Set<String> names = new HashSet<>();
        inputs.forEach(input ->
                Require.that(names.add(input.name()), "input", Require.quote(input.name()), "names that differ"));
        return new Network(inputs, body);
    }

    /**
     * This network with other names for the model's input and output.
     *
     * @throws IllegalStateException if it has several inputs, which have names of their own
     */
    public Network named(String input, String output) {
        Require.that(!input.equals(output), "output", Require.quote(output), "not the input's name");
        Require.name(output, "output");
        if (inputs.size() > 1) {
            throw new IllegalStateException(
                    "inputs: " + inputs + " (expected: one); name them where they are declared");
        }
        Input only = inputs.get(0);
        return new Network(List.of(new Input(input, only.dataType(), only.row())), (scope, in) -> {
            NamedValues made = body.apply(scope, NamedValues.of(only.name(), in.first()));
            if (made.names().size() > 1) {
                throw new IllegalStateException(
                        "outputs: " + made.names() + " (expected: one); name them where they are made");
            }
            return NamedValues.of(output, made.first());
        });
    }

    /** The inputs as they are declared. */
    public List<Input> inputs() {
        return inputs;
    }

    /** The shape of one row of the only input; null if the data decides, or there are several. */
    public @Nullable Shape inputRow() {
        return inputs.size() == 1 ? inputs.get(0).row() : null;
    }

    /**
     * Writes the network.
     *
     * @param given a value {@code [batch, …]} for each input; the network computes in the type of the first that is float32 or
     *     float64, or in float32
     * @param mode what for
     * @param parameters gives the value in the graph that stands for a parameter: an input in training, a constant in serving
     * @throws io.maas.error.ShapeMismatchException if a layer does not fit what comes before it; the message names the layer
     * @throws io.maas.error.GraphException if a layer cannot be written for another reason
     */
    public Applied apply(GraphBuilder builder, NamedValues given, Mode mode, Function<Parameter, Value> parameters) {
        inputs.forEach(input -> given.get(input.name()));
        Writing writing = new Writing(builder, typeOf(given), mode, Carried.nothing(), parameters);
        return writing.applied(body.apply(new Scope(writing), given));
    }

    private static DataType typeOf(NamedValues given) {
        return given.toMap().values().stream()
                .map(Value::dataType)
                .filter(each -> each == DataType.FLOAT32 || each == DataType.FLOAT64)
                .findFirst()
                .orElse(DataType.FLOAT32);
    }

    /**
     * Writes the network so that it takes a sequence piece by piece, to answer: a prompt first, then one element
     * after the other, at the cost of that element alone. What causal attention and recurrent layers keep of the places before a
     * piece are further inputs, declared here, and what the next piece needs are further outputs; the caller hands the one back
     * as the other. They are named as in Hugging Face's exports, by the number of the layer among those that keep something:
     *
     * <ul>
     *   <li>{@code past_key_values.0.key} and {@code .value}, {@code [batch, heads, past, size]}, become {@code present.0.key} and
     *       {@code .value} with the piece's own behind them, and so does the {@code .mask [batch, past]} of an attention that has
     *       one; {@code past} is 0 at first
     *   <li>{@code past_key_values.0.hidden}, and {@code .cell} of an LSTM, {@code [batch, 1, hidden]}, become {@code
     *       present.0.hidden} and {@code .cell}; zeros at first
     * </ul>
     *
     * Positions go on from the length of the past. What else in a network looks over several places, such as a convolution or a
     * layer of one's own, sees those of the piece only.
     *
     * @param builder to write to
     * @param piece the only input, {@code [batch, length, …]} with a symbol for the length
     * @param parameters gives the value in the graph that stands for a parameter
     * @return the network's outputs and those of the layers; parameters as {@link #apply} gives them
     * @throws IllegalStateException if the network has several inputs, or keeps nothing from piece to piece
     * @throws io.maas.error.ShapeMismatchException if a layer needs the whole sequence, such as attention that is not causal
     */
    public Applied applyDecoding(GraphBuilder builder, Value piece, Function<Parameter, Value> parameters) {
        if (inputs.size() > 1) {
            throw new IllegalStateException(
                    "inputs: " + inputs + " (expected: one, the sequence that comes in pieces)");
        }
        NamedValues given = NamedValues.of(inputs.get(0).name(), piece);
        Carried carried = Carried.of(slots(piece), builder);
        Writing writing = new Writing(builder, typeOf(given), Mode.INFERENCE, carried, parameters);
        NamedValues outputs = body.apply(new Scope(writing), given);
        if (carried.slots().isEmpty()) {
            throw new IllegalStateException(
                    "layers that keep something from piece to piece: none (expected: causal attention or a recurrent layer)");
        }
        return writing.applied(carried.with(outputs));
    }

    /** What layers would hand on, which they say when written for a whole sequence: positions need it before the layers behind. */
    private List<Carried.Slot> slots(Value piece) {
        GraphBuilder trial = new GraphBuilder("trial");
        NamedValues given =
                NamedValues.of(inputs.get(0).name(), trial.input(piece.name(), piece.dataType(), piece.shape()));
        Carried carried = Carried.nothing();
        Writing writing = new Writing(
                trial,
                typeOf(given),
                Mode.INFERENCE,
                carried,
                parameter -> trial.input("parameter/" + parameter.name(), parameter.dataType(), parameter.shape()));
        body.apply(new Scope(writing), given);
        return carried.slots();
    }

    /**
     * The layers with the shapes of their outputs, the numbers of their parameters, which of them are learned, and the memory
     * that they take, as a table for people.
     *
     * @throws IllegalStateException if the shape of an input is for the data to decide; use {@link #summary(Shape)}
     */
    public String summary() {
        for (Input input : inputs) {
            if (input.row() == null) {
                throw new IllegalStateException("shape of input " + Require.quote(input.name())
                        + ": unknown (expected: a first layer that names"
                        + " its input, such as dense(64, 128), or an input that is declared with a shape); or use"
                        + " summary(Shape)");
            }
        }
        return summary(inputs);
    }

    /** The table of {@link #summary()} for a network of one input, with rows of this shape. */
    public String summary(Shape row) {
        Require.that(inputs.size() == 1, "row", row, "a network of one input; use summary(List)");
        return summary(List.of(new Input(inputs.get(0).name(), inputs.get(0).dataType(), row)));
    }

    /** The table of {@link #summary()} for inputs of these shapes, in the order of {@link #inputs}. */
    public String summary(List<Input> shaped) {
        return Summary.of(this, body, shaped).table();
    }

    /** The network in one line for inputs of these shapes, such as {@code [64] > dense_1[10]: 650 parameters}. */
    public String line(List<Input> shaped) {
        return Summary.of(this, body, shaped).line();
    }

    /** Rows of this shape with the batch axis in front. */
    public static Shape batchOf(Shape row) {
        Object[] sizes = new Object[row.rank() + 1];
        sizes[0] = BATCH;
        System.arraycopy(row.dimensions(), 0, sizes, 1, row.rank());
        return Shape.symbolic(sizes);
    }

    static Shape rowOf(Shape batch) {
        return Shape.symbolic(Arrays.copyOfRange(batch.dimensions(), 1, batch.rank()));
    }
}
