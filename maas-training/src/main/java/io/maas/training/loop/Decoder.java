package io.maas.training.loop;

import io.maas.backend.Backend;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.GoldenSample;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.layer.Applied;
import io.maas.training.layer.Input;
import io.maas.training.layer.Network;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A trained network that takes a sequence piece by piece.
 *
 * @param whole the network that takes whole sequences
 */
record Decoder(Graph graph, Graph whole) {
    private static final String LENGTH = "length";
    private static final String PAST_SIZE = "past";
    private static final String PAST = "past_key_values.";
    private static final String PRESENT = "present.";
    /** Of the largest value; float32 sums in another order differ by 1e-6 of it, a layer that lacks places by 1e-1. */
    private static final double TOLERANCE = 1e-3;

    static Decoder of(Task task, Tensors weights, Graph whole) {
        Input input = task.inputs().get(0);
        Shape row = Objects.requireNonNull(input.row());
        GraphBuilder builder = new GraphBuilder("decoder");
        Value piece = builder.input(
                input.name(), Objects.requireNonNull(input.dataType()), Network.batchOf(row.with(0, LENGTH)));
        Applied applied = task.network()
                .applyDecoding(
                        builder, piece, parameter -> builder.constant(parameter.name(), weights.get(parameter.name())));
        applied.outputs().toMap().forEach(builder::output);
        return new Decoder(builder.build(), whole);
    }

    /**
     * The second halves of sequences, given what their first halves leave.
     *
     * @throws IllegalStateException if they are answered otherwise than as a part of the whole
     */
    GoldenSample sample(Tensors sequences, Backend backend) {
        String name = graph.inputs().get(0).name();
        Tensor all = sequences.get(name);
        int length = Math.toIntExact(all.shape().size(1));
        Tensors expected;
        try (Program program = backend.compile(whole, ProgramOptions.serving())) {
            expected = program.run(sequences);
        }
        try (Program program = backend.compile(graph, ProgramOptions.serving())) {
            Map<String, Tensor> given = nothingBefore(all.shape().size(0));
            given.put(name, places(all, 0, length / 2));
            program.run(Tensors.copyOf(given)).forEach(made -> {
                if (made.name().startsWith(PRESENT)) {
                    given.put(PAST + made.name().substring(PRESENT.length()), made.tensor());
                }
            });
            given.put(name, places(all, length / 2, length));
            Tensors inputs = Tensors.copyOf(given);
            Tensors outputs = program.run(inputs);
            expected.forEach(each -> requireEqual(each, outputs.get(each.name()), length));
            return GoldenSample.of(inputs, outputs);
        }
    }

    private Map<String, Tensor> nothingBefore(long rows) {
        Map<String, Tensor> pasts = new LinkedHashMap<>();
        for (Value input : graph.inputs()) {
            Shape shape = input.shape().with(0, rows);
            for (int axis = 1; axis < shape.rank(); axis++) {
                shape = PAST_SIZE.equals(shape.symbol(axis)) ? shape.with(axis, 0L) : shape;
            }
            if (input.name().startsWith(PAST)) {
                pasts.put(input.name(), Tensor.zeros(input.dataType(), shape));
            }
        }
        return pasts;
    }

    private static void requireEqual(Tensors.Entry whole, Tensor piece, int length) {
        Tensor expected = whole.tensor();
        boolean sequence = expected.shape().rank() > 1
                && expected.shape().size(1) == length
                && !expected.shape().equals(piece.shape());
        double[] wanted = (sequence ? places(expected, length / 2, length) : expected).toDoubleArray();
        double[] found = piece.toDoubleArray();
        double largest = 0;
        double difference = wanted.length == found.length ? 0 : Double.POSITIVE_INFINITY;
        for (int i = 0; i < Math.min(wanted.length, found.length); i++) {
            largest = Math.max(largest, Math.abs(wanted[i]));
            difference = Math.max(difference, Math.abs(wanted[i] - found[i]));
        }
        if (!(difference <= TOLERANCE * Math.max(1, largest))) {
            throw new IllegalStateException(
                    "output " + whole.name() + " of sequences in two pieces: differs by "
                            + difference + " from that of whole ones (expected: at most "
                            + TOLERANCE * Math.max(1, largest)
                            + "); a layer looks over several places, such as a convolution, a pool, flatten or one of your own");
        }
    }

    /** Places {@code [from, to)} along axis 1. */
    private static Tensor places(Tensor all, int from, int to) {
        DataType type = all.dataType();
        Shape shape = all.shape().with(1, (long) to - from);
        int rows = Math.toIntExact(all.shape().size(0));
        int place = Math.toIntExact(all.byteSize() / rows / all.shape().size(1));
        int row = Math.toIntExact(all.byteSize() / rows);
        ByteBuffer memory = Tensor.newMemory((long) rows * (to - from) * place);
        for (int i = 0; i < rows; i++) {
            memory.put(i * (to - from) * place, all.bytes(), i * row + from * place, (to - from) * place);
        }
        return Tensor.wrap(type, shape, memory);
    }
}
