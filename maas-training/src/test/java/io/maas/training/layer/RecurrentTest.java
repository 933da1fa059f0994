package io.maas.training.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.graph.Gradients;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.Graphs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RecurrentTest {
    private static final int BATCH = 2;
    private static final int LENGTH = 4;
    private static final int IN = 3;
    private static final int HIDDEN = 2;

    static Stream<Arguments> layers() {
        return Stream.of(Layers.lstm(HIDDEN), Layers.gru(HIDDEN), Layers.rnn(HIDDEN))
                .flatMap(each -> Stream.of(each, each.bothDirections()))
                .map(each -> Arguments.of(each.name() + (each.bidirectional() ? " of both directions" : ""), each));
    }

    private static Tensor sequences() {
        return Graphs.random(3, BATCH, LENGTH, IN);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layers")
    void statesFollowTheEquations(String name, Recurrent layer) {
        int directions = layer.bidirectional() ? 2 : 1;
        Drawn all = Drawn.of(layer, sequences());
        Drawn last = Drawn.of(layer.lastState(), sequences());

        double[] states = all.output().toDoubleArray();
        double[] ends = last.output().toDoubleArray();

        for (int n = 0; n < BATCH; n++) {
            for (int d = 0; d < directions; d++) {
                double[][] expected = states(all, layer, n, d);
                for (int t = 0; t < LENGTH; t++) {
                    int from = ((n * LENGTH + t) * directions + d) * HIDDEN;
                    assertThat(Arrays.copyOfRange(states, from, from + HIDDEN))
                            .as("row %d, direction %d, step %d", n, d, t)
                            .containsExactly(expected[t], within(1e-12));
                }
                int from = (n * directions + d) * HIDDEN;
                assertThat(Arrays.copyOfRange(ends, from, from + HIDDEN))
                        .containsExactly(expected[d == 0 ? LENGTH - 1 : 0], within(1e-12));
            }
        }
        assertThat(all.output().shape()).isEqualTo(Shape.of(BATCH, LENGTH, (long) directions * HIDDEN));
        assertThat(last.output().shape()).isEqualTo(Shape.of(BATCH, (long) directions * HIDDEN));
    }

    /** The states of one row in one direction, by the step that they belong to. */
    private static double[][] states(Drawn drawn, Recurrent layer, int row, int direction) {
        double[][] states = new double[LENGTH][];
        double[] h = new double[HIDDEN];
        double[] c = new double[HIDDEN];
        for (int step = 0; step < LENGTH; step++) {
            int t = direction == 0 ? step : LENGTH - 1 - step;
            double[] x = Arrays.copyOfRange(drawn.input("x"), (row * LENGTH + t) * IN, (row * LENGTH + t + 1) * IN);
            double[] next = new double[HIDDEN];
            for (int k = 0; k < HIDDEN; k++) {
                Gate gate = new Gate(drawn, layer, direction, x, h, k);
                switch (layer.cell()) {
                    case LSTM -> {
                        c[k] = sigmoid(gate.sum(2)) * c[k] + sigmoid(gate.sum(0)) * Math.tanh(gate.sum(3));
                        next[k] = sigmoid(gate.sum(1)) * Math.tanh(c[k]);
                    }
                    case GRU -> {
                        double z = sigmoid(gate.sum(0));
                        double fresh = Math.tanh(gate.ofInput(2) + sigmoid(gate.sum(1)) * gate.ofState(2));
                        next[k] = (1 - z) * fresh + z * h[k];
                    }
                    case RNN -> next[k] = Math.tanh(gate.sum(0));
                }
            }
            h = next;
            states[t] = h;
        }
        return states;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** What arrives at one unit's gates. */
    private static final class Gate {
        private final Drawn drawn;
        private final Recurrent layer;
        private final int direction;
        private final double[] x;
        private final double[] h;
        private final int unit;

        Gate(Drawn drawn, Recurrent layer, int direction, double[] x, double[] h, int unit) {
            this.drawn = drawn;
            this.layer = layer;
            this.direction = direction;
            this.x = x;
            this.h = h;
            this.unit = unit;
        }

        private int gates() {
            return switch (layer.cell()) {
                case LSTM -> 4;
                case GRU -> 3;
                case RNN -> 1;
            };
        }

        private double product(String name, double[] with, int gate) {
            double[] weights = drawn.input(layer.name() + "_1/" + name);
            int row = (direction * gates() + gate) * HIDDEN + unit;
            double sum = 0;
            for (int i = 0; i < with.length; i++) {
                sum += weights[row * with.length + i] * with[i];
            }
            return sum;
        }

        private double bias(int half, int gate) {
            return drawn.input(layer.name() + "_1/bias")[((2 * direction + half) * gates() + gate) * HIDDEN + unit];
        }

        double ofInput(int gate) {
            return product("weight", x, gate) + bias(0, gate);
        }

        double ofState(int gate) {
            return product("recurrent", h, gate) + bias(1, gate);
        }

        double sum(int gate) {
            return ofInput(gate) + ofState(gate);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layers")
    void gradientsAgreeWithCentralDifferences(String name, Recurrent layer) {
        Drawn.of(Mode.TRAINING, layer, sequences()).checkGradients();
        Drawn.of(Mode.TRAINING, layer.lastState(), sequences()).checkGradients();
    }

    @Test
    void parametersAreCountedByHand() {
        // 4·(5·8 + 5·5 + 2·5), 2·3·(5·8 + 5·5 + 2·5) and 5·8 + 5·5 + 2·5.
        assertThat(ConvolutionTest.total(Layers.lstm(5), 7, 8)).isEqualTo(300);
        assertThat(ConvolutionTest.total(Layers.gru(5).bothDirections(), 7, 8)).isEqualTo(450);
        assertThat(ConvolutionTest.total(Layers.rnn(5), 7, 8)).isEqualTo(75);
    }

    @Test
    void firstValuesAreThoseOfEachGate() {
        GraphBuilder builder = new GraphBuilder("first");
        NamedValues input =
                NamedValues.of("input", builder.input("x", DataType.FLOAT32, Shape.symbolic("batch", 5, 6)));
        Applied applied = Network.of(Layers.lstm(4).bothDirections())
                .apply(
                        builder,
                        input,
                        Mode.TRAINING,
                        each -> builder.input(each.name(), each.dataType(), each.shape()));
        for (Parameter parameter : applied.parameters().keySet()) {
            double[] values = parameter.initializer().values(parameter.shape(), new SplittableRandom(2));
            switch (parameter.name()) {
                case "weight" ->
                    assertThat(Arrays.stream(values).boxed())
                            .hasSize(2 * 16 * 6)
                            .allMatch(each -> Math.abs(each) <= Math.sqrt(6.0 / 10));
                case "recurrent" -> {
                    for (int gate = 0; gate < 8; gate++) {
                        double product = 0;
                        double length = 0;
                        for (int i = 0; i < 4; i++) {
                            product += values[16 * gate + i] * values[16 * gate + 4 + i];
                            length += values[16 * gate + i] * values[16 * gate + i];
                        }
                        assertThat(product).isCloseTo(0, within(1e-12));
                        assertThat(length).isCloseTo(1, within(1e-12));
                    }
                }
                default -> {
                    for (int i = 0; i < values.length; i++) {
                        assertThat(values[i]).isEqualTo(i % 32 / 4 == 2 ? 1 : 0);
                    }
                }
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("layers")
    void aLengthThatOnlyTheRunShowsMakesNoDifference(String name, Recurrent layer) {
        Tensors fixed = gradients(layer, Shape.of(BATCH, LENGTH, IN));
        Tensors open = gradients(layer, Shape.symbolic("batch", "time", IN));

        assertThat(open.names()).isEqualTo(fixed.names()).hasSize(5);
        fixed.forEach(entry -> assertThat(open.get(entry.name()).toDoubleArray())
                .as(entry.name())
                .containsExactly(entry.tensor().toDoubleArray(), within(1e-9)));
    }

    /** The layer's output, and the gradients of its squares with respect to the input and all parameters. */
    private static Tensors gradients(Recurrent layer, Shape declared) {
        Drawn values = Drawn.of(layer, sequences());
        GraphBuilder builder = new GraphBuilder("open");
        Map<String, Tensor> inputs = new LinkedHashMap<>(Map.of("x", sequences()));
        List<Value> wanted = new ArrayList<>(List.of(builder.input("x", DataType.FLOAT64, declared)));
        Value y = Network.sequential(layer)
                .apply(builder, NamedValues.of("input", wanted.get(0)), Mode.TRAINING, each -> {
                    inputs.put(each.name(), Tensor.of(DataType.FLOAT64, values.input(each.name()), each.shape()));
                    wanted.add(builder.input(each.name(), DataType.FLOAT64, each.shape()));
                    return wanted.get(wanted.size() - 1);
                })
                .outputs()
                .first();
        List<Value> gradients = Gradients.of(builder, builder.reduceSum(builder.mul(y, y), false), wanted);
        builder.output("y", y);
        for (int i = 0; i < gradients.size(); i++) {
            builder.output(wanted.get(i).name() + "/gradient", gradients.get(i));
        }
        return Graphs.run(builder.build(), inputs);
    }

    @Test
    void mistakesAreNamed() {
        assertThatThrownBy(() -> Drawn.of(Layers.gru(2), Graphs.random(1, 2, 3)))
                .hasMessage(
                        "layer gru_1 does not fit its input: got [2, 3], expected [batch, length, size]; a recurrent"
                                + " layer reads a sequence of vectors; put an embedding or a reshape(…) before it");
        ConvolutionTest.refused(() -> Layers.lstm(0), "hidden: 0 (expected: hidden > 0)");
    }
}
