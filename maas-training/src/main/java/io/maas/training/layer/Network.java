package io.maas.training.layer;

import com.google.common.base.Strings;
import io.maas.error.Require;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is to be trained: layers, and the names of the model's input and output. It holds no weights; training makes those.
 *
 * <p>Immutable and thread-safe.
 */
public final class Network {
    /** The name of the first axis. */
    public static final String BATCH = "batch";

    private final Layer layer;
    private final String inputName;
    private final String outputName;

    private Network(Layer layer, String inputName, String outputName) {
        Require.that(!inputName.equals(outputName), "outputName", Require.quote(outputName), "not the input's name");
        this.layer = layer;
        this.inputName = Require.name(inputName, "inputName");
        this.outputName = Require.name(outputName, "outputName");
    }

    /** Layers one behind the other; the input is named {@code input} and the output {@code output}. */
    public static Network sequential(Layer... layers) {
        return of(Layers.sequential(layers));
    }

    /** A network of one layer, which may be made of others; the input is named {@code input} and the output {@code output}. */
    public static Network of(Layer layer) {
        return new Network(layer, "input", "output");
    }

    /** This network with other names for the model's input and output. */
    public Network named(String input, String output) {
        return new Network(layer, input, output);
    }

    public String inputName() {
        return inputName;
    }

    public String outputName() {
        return outputName;
    }

    /** The shape of one row of the input that the first layer asks for; null if the data decides. */
    public @Nullable Shape inputRow() {
        return layer.inputRow();
    }

    /**
     * Writes the network.
     *
     * @param input {@code [batch, …]}, float32 or float64; the network computes in its type
     * @param parameters gives the value in the graph that stands for a parameter: an input in training, a constant in serving
     * @return the network's output
     * @throws io.maas.error.ShapeMismatchException if a layer does not fit what comes before it
     */
    public Value apply(GraphBuilder builder, Value input, Function<Parameter, Value> parameters) {
        return layer.apply(new Scope(builder, input.dataType(), parameters, ""), input);
    }

    /**
     * The layers with the shapes of their outputs and the numbers of their parameters, as a table for people.
     *
     * @throws IllegalStateException if the shape of the input is for the data to decide; use {@link #summary(Shape)}
     */
    public String summary() {
        Shape row = inputRow();
        if (row == null) {
            throw new IllegalStateException(
                    "input shape: unknown (expected: a first layer that names its input, such as"
                            + " dense(64, 128)); or use summary(Shape)");
        }
        return summary(row);
    }

    /** The table of {@link #summary()} for rows of this shape. */
    public String summary(Shape row) {
        List<String[]> table = new ArrayList<>();
        table.add(new String[] {"layer", "output", "parameters"});
        table.add(new String[] {inputName, batchOf(row).toString(), "0"});
        Scope scope = drawn(row);
        for (Scope.Part part : scope.parts()) {
            table.add(new String[] {part.name(), part.output().toString(), number(part.parameters())});
        }
        table.add(new String[] {"total", "", number(scope.elements())});
        return text(table);
    }

    /** The network in one line for rows of this shape, such as {@code [64] > dense_1[10]: 650 parameters}. */
    public String line(Shape row) {
        Scope scope = drawn(row);
        String parts = scope.parts().stream()
                .map(part -> " > " + part.name() + rowOf(part.output()))
                .collect(Collectors.joining());
        return row + parts + ": " + number(scope.elements()) + " parameters";
    }

    /** Rows of this shape with the batch axis in front. */
    public static Shape batchOf(Shape row) {
        Object[] sizes = new Object[row.rank() + 1];
        sizes[0] = BATCH;
        System.arraycopy(row.dimensions(), 0, sizes, 1, row.rank());
        return Shape.symbolic(sizes);
    }

    private static Shape rowOf(Shape batch) {
        return Shape.symbolic(Arrays.copyOfRange(batch.dimensions(), 1, batch.rank()));
    }

    private Scope drawn(Shape row) {
        GraphBuilder builder = new GraphBuilder("summary");
        Scope scope = new Scope(builder, DataType.FLOAT32, p -> builder.input(p.name(), p.dataType(), p.shape()), "");
        layer.apply(scope, builder.input(inputName, DataType.FLOAT32, batchOf(row)));
        return scope;
    }

    private static String number(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    private static String text(List<String[]> table) {
        int[] widths = new int[3];
        for (String[] line : table) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line[i].length());
            }
        }
        return table.stream()
                .map(line -> Strings.padEnd(line[0], widths[0], ' ') + "  " + Strings.padEnd(line[1], widths[1], ' ')
                        + "  " + Strings.padStart(line[2], widths[2], ' ') + "\n")
                .collect(Collectors.joining());
    }
}
