package io.maas.backend.tck;

import io.maas.error.Require;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/** GRU, LSTM and RNN, one number after the other. */
final class Recurrent {
    private final Arguments in;
    private final int length;
    private final int batch;
    private final int width;
    private final int hidden;
    private final int directions;
    private final boolean batchFirst;

    private Recurrent(Arguments in) {
        this.in = in;
        this.batchFirst = in.attributes().longValue("layout", 0) == 1;
        Grid x = in.get(0).grid();
        this.length = x.size(batchFirst ? 1 : 0);
        this.batch = x.size(batchFirst ? 0 : 1);
        this.width = x.size(2);
        this.directions = in.get(1).grid().size(0);
        this.hidden = in.get(2).grid().size(2);
    }

    static List<NdArray> of(Arguments in) {
        return new Recurrent(in).run();
    }

    private List<NdArray> run() {
        double[] all = new double[length * directions * batch * hidden];
        double[] lastStates = new double[directions * batch * hidden];
        double[] lastCells = new double[directions * batch * hidden];
        for (int d = 0; d < directions; d++) {
            for (int n = 0; n < batch; n++) {
                Cell cell = new Cell(d, n);
                int steps = in.has(4) ? (int) in.get(4).indices()[n] : length;
                boolean reverse =
                        d == 1 || in.attributes().string("direction", "").equals("reverse");
                for (int i = 0; i < steps; i++) {
                    int t = reverse ? steps - 1 - i : i;
                    cell.step(t);
                    for (int j = 0; j < hidden; j++) {
                        int at = batchFirst
                                ? ((n * length + t) * directions + d) * hidden + j
                                : ((t * directions + d) * batch + n) * hidden + j;
                        all[at] = cell.h[j];
                    }
                }
                for (int j = 0; j < hidden; j++) {
                    lastStates[last(d, n) + j] = cell.h[j];
                    lastCells[last(d, n) + j] = cell.c[j];
                }
            }
        }
        Grid whole =
                batchFirst ? Grid.of(batch, length, directions, hidden) : Grid.of(length, directions, batch, hidden);
        Grid last = batchFirst ? Grid.of(batch, directions, hidden) : Grid.of(directions, batch, hidden);
        List<NdArray> outputs = new ArrayList<>();
        outputs.add(NdArray.ofReals(in.get(0).type(), whole, all));
        outputs.add(NdArray.ofReals(in.get(0).type(), last, lastStates));
        outputs.add(NdArray.ofReals(in.get(0).type(), last, lastCells));
        return outputs;
    }

    /** Where the last state of a direction and a row begins. */
    private int last(int direction, int row) {
        return (batchFirst ? row * directions + direction : direction * batch + row) * hidden;
    }

    /** The state of one row in one direction. */
    private final class Cell {
        private final int direction;
        private final int row;
        private final List<DoubleUnaryOperator> functions;
        double[] h = new double[hidden];
        double[] c = new double[hidden];

        Cell(int direction, int row) {
            this.direction = direction;
            this.row = row;
            this.functions = functions(direction);
            for (int j = 0; j < hidden; j++) {
                h[j] = in.has(5) ? in.get(5).real(last(direction, row) + j) : 0;
                c[j] = in.has(6) ? in.get(6).real(last(direction, row) + j) : 0;
            }
        }

        void step(int t) {
            switch (in.node().op()) {
                case LSTM -> lstm(t);
                case GRU -> gru(t);
                default -> {
                    double[] next = new double[hidden];
                    for (int j = 0; j < hidden; j++) {
                        next[j] = apply(0, fromInput(t, j) + fromState(h, j));
                    }
                    h = next;
                }
            }
        }

        private void lstm(int t) {
            double[] nextH = new double[hidden];
            double[] nextC = new double[hidden];
            for (int j = 0; j < hidden; j++) {
                double i = apply(0, gate(t, j, 0) + peephole(0, j) * c[j]);
                double f = in.attributes().longValue("input_forget", 0) == 1
                        ? 1 - i
                        : apply(0, gate(t, j, 2) + peephole(2, j) * c[j]);
                double g = apply(1, gate(t, j, 3));
                nextC[j] = f * c[j] + i * g;
                double o = apply(0, gate(t, j, 1) + peephole(1, j) * nextC[j]);
                // The cell is not clipped before the last function.
                nextH[j] = o * functions.get(2).applyAsDouble(nextC[j]);
            }
            h = nextH;
            c = nextC;
        }

        private double gate(int t, int j, int which) {
            return fromInput(t, which * hidden + j) + fromState(h, which * hidden + j);
        }

        private double peephole(int which, int j) {
            return in.has(7) ? in.get(7).real((direction * 3 + which) * hidden + j) : 0;
        }

        private void gru(int t) {
            double[] z = new double[hidden];
            double[] reset = new double[hidden];
            double[] resetState = new double[hidden];
            for (int j = 0; j < hidden; j++) {
                z[j] = apply(0, gate(t, j, 0));
                reset[j] = apply(0, gate(t, j, 1));
                resetState[j] = reset[j] * h[j];
            }
            boolean linear = in.attributes().longValue("linear_before_reset", 0) != 0;
            double[] next = new double[hidden];
            for (int j = 0; j < hidden; j++) {
                int at = 2 * hidden + j;
                double state = linear ? reset[j] * fromState(h, at) : fromState(resetState, at);
                double fresh = apply(1, fromInput(t, at) + state);
                next[j] = (1 - z[j]) * fresh + z[j] * h[j];
            }
            h = next;
        }

        private double fromInput(int t, int gateRow) {
            int rows = in.get(1).grid().size(1);
            double sum = bias(gateRow);
            for (int k = 0; k < width; k++) {
                int at = batchFirst ? (row * length + t) * width + k : (t * batch + row) * width + k;
                sum += in.get(0).real(at) * in.get(1).real((direction * rows + gateRow) * width + k);
            }
            return sum;
        }

        private double fromState(double[] state, int gateRow) {
            int rows = in.get(2).grid().size(1);
            double sum = bias(rows + gateRow);
            for (int k = 0; k < hidden; k++) {
                sum += state[k] * in.get(2).real((direction * rows + gateRow) * hidden + k);
            }
            return sum;
        }

        private double bias(int at) {
            return in.has(3) ? in.get(3).real(direction * in.get(3).grid().size(1) + at) : 0;
        }

        private double apply(int function, double value) {
            double bound = in.attributes().has("clip") ? in.attributes().floatValue("clip", 0) : Double.MAX_VALUE;
            return functions.get(function).applyAsDouble(Math.max(-bound, Math.min(bound, value)));
        }
    }

    private List<DoubleUnaryOperator> functions(int direction) {
        List<String> once = switch (in.node().op()) {
            case LSTM -> List.of("sigmoid", "tanh", "tanh");
            case GRU -> List.of("sigmoid", "tanh");
            default -> List.of("tanh");
        };
        @Nullable List<String> given = in.attributes().strings("activations");
        List<DoubleUnaryOperator> functions = new ArrayList<>();
        int alphas = 0;
        int betas = 0;
        for (int i = 0; i < once.size() * directions; i++) {
            String name = (given == null ? once.get(i % once.size()) : given.get(i)).toLowerCase(Locale.ROOT);
            double alpha = hasAlpha(name) ? number("activation_alpha", alphas++) : Double.NaN;
            double beta = hasBeta(name) ? number("activation_beta", betas++) : Double.NaN;
            if (i / once.size() == direction) {
                functions.add(function(name, alpha, beta));
            }
        }
        return functions;
    }

    private double number(String attribute, int place) {
        float[] given = in.attributes().floats(attribute);
        return given != null && place < given.length ? given[place] : Double.NaN;
    }

    private static boolean hasAlpha(String name) {
        return switch (name) {
            case "leakyrelu", "thresholdedrelu", "elu" -> true;
            default -> hasBeta(name);
        };
    }

    private static boolean hasBeta(String name) {
        return switch (name) {
            case "affine", "scaledtanh", "hardsigmoid" -> true;
            default -> false;
        };
    }

    private static double or(double given, double otherwise) {
        return Double.isNaN(given) ? otherwise : given;
    }

    private static DoubleUnaryOperator function(String name, double alpha, double beta) {
        return switch (name) {
            case "sigmoid" -> Elementwise::sigmoid;
            case "tanh" -> Math::tanh;
            case "relu" -> x -> Math.max(0, x);
            case "softsign" -> x -> x / (1 + Math.abs(x));
            case "softplus" -> Elementwise::softplus;
            case "affine" -> x -> or(alpha, 1) * x + or(beta, 0);
            case "scaledtanh" -> x -> or(alpha, 1) * Math.tanh(or(beta, 1) * x);
            case "leakyrelu" -> x -> x >= 0 ? x : or(alpha, 0.01f) * x;
            case "thresholdedrelu" -> x -> x > or(alpha, 1) ? x : 0;
            case "elu" -> x -> x >= 0 ? x : or(alpha, 1) * Math.expm1(x);
            case "hardsigmoid" -> x -> Math.max(0, Math.min(1, or(alpha, 0.2f) * x + or(beta, 0.5)));
            default -> throw Require.failure("activation", Require.quote(name), "one of the specification's");
        };
    }
}
