package io.maas.backend.tck;

import io.maas.graph.Attributes;
import io.maas.tensor.DataType;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Normalizations. */
final class Normalizations {
    private Normalizations() {}

    static List<NdArray> of(Arguments in) {
        return switch (in.node().op()) {
            case BATCH_NORMALIZATION -> batch(in);
            case GROUP_NORMALIZATION -> List.of(group(in));
            case INSTANCE_NORMALIZATION -> List.of(instance(in));
            case LAYER_NORMALIZATION -> layer(in);
            case LP_NORMALIZATION -> List.of(byLength(in));
            case LRN -> List.of(localResponse(in));
            case MEAN_VARIANCE_NORMALIZATION -> List.of(meanVariance(in));
            case RMS_NORMALIZATION -> List.of(rootMeanSquare(in));
            default -> throw ReferenceEvaluator.unknown(in.node());
        };
    }

    /** The groups of elements that are normalized together, with what is known of each. */
    private static final class Groups {
        private final NdArray x;
        private final Grid to;
        private final List<List<Integer>> members;

        Groups(NdArray x, long... axes) {
            this.x = x;
            this.to = Reductions.reduced(x.grid(), axes);
            this.members = Reductions.groups(x.grid(), to);
        }

        /** The group of the element at a place. */
        int of(int place) {
            return to.stretched(x.grid().coordinates(place));
        }

        double[] means() {
            return members.stream()
                    .mapToDouble(group -> group.stream().mapToDouble(x::real).sum() / group.size())
                    .toArray();
        }

        /** Mean squares of the distances from {@code centres}. */
        double[] variances(double... centres) {
            return IntStream.range(0, members.size())
                    .mapToDouble(i -> members.get(i).stream()
                                    .mapToDouble(place -> Math.pow(x.real(place) - centres[i], 2))
                                    .sum()
                            / members.get(i).size())
                    .toArray();
        }
    }

    private static NdArray map(NdArray x, DataType type, IntToDoubleFunction rule) {
        return NdArray.ofReals(
                type, x.grid(), IntStream.range(0, x.count()).mapToDouble(rule).toArray());
    }

    private static double epsilon(Arguments in) {
        return in.attributes().floatValue("epsilon", 1e-5f);
    }

    private static double number(@Nullable NdArray parameter, Grid of, int place) {
        return parameter == null ? 0 : parameter.real(parameter.grid().stretched(of.coordinates(place)));
    }

    private static List<NdArray> batch(Arguments in) {
        NdArray x = in.real();
        NdArray means = in.get(3);
        NdArray variances = in.get(4);
        if (in.attributes().longValue("training_mode", 0) == 0) {
            return List.of(perChannel(
                    in,
                    (place, channel) ->
                            (x.real(place) - means.real(channel)) / Math.sqrt(variances.real(channel) + epsilon(in))));
        }
        Groups groups = new Groups(
                x,
                IntStream.range(0, x.rank())
                        .filter(axis -> axis != 1)
                        .asLongStream()
                        .toArray());
        double[] mean = groups.means();
        double[] variance = groups.variances(mean);
        NdArray y = perChannel(
                in, (place, channel) -> (x.real(place) - mean[channel]) / Math.sqrt(variance[channel] + epsilon(in)));
        return List.of(y, running(in, means, mean), running(in, variances, variance));
    }

    private static NdArray running(Arguments in, NdArray before, double... now) {
        double momentum = in.attributes().floatValue("momentum", 0.9f);
        return map(before, before.type(), i -> before.real(i) * momentum + now[i] * (1 - momentum));
    }

    private interface Normalized {
        double at(int place, int channel);
    }

    /** Times the scale, plus the bias, of the channel. */
    private static NdArray perChannel(Arguments in, Normalized normalized) {
        NdArray x = in.real();
        return map(x, x.type(), place -> {
            int channel = x.grid().coordinates(place)[1];
            return normalized.at(place, channel) * in.get(1).real(channel)
                    + in.get(2).real(channel);
        });
    }

    private static NdArray instance(Arguments in) {
        NdArray x = in.real();
        return overGroups(
                in, new Groups(x, IntStream.range(2, x.rank()).asLongStream().toArray()));
    }

    private static NdArray group(Arguments in) {
        NdArray x = in.real();
        int groups = (int) in.attributes().longValue("num_groups", 0);
        int batch = x.grid().size(0);
        int inner = x.count() == 0 ? 0 : x.count() / batch / groups;
        return overGroups(in, new Groups(x.reshape(Grid.of(batch, groups, inner)), 2));
    }

    private static NdArray overGroups(Arguments in, Groups groups) {
        NdArray x = in.real();
        double[] mean = groups.means();
        double[] variance = groups.variances(mean);
        return perChannel(in, (place, channel) -> {
            int group = groups.of(place);
            return (x.real(place) - mean[group]) / Math.sqrt(variance[group] + epsilon(in));
        });
    }

    private static long[] fromAxis(Arguments in) {
        NdArray x = in.real();
        int axis = x.grid().axis(in.attributes().longValue("axis", -1));
        return IntStream.range(axis, x.rank()).asLongStream().toArray();
    }

    private static List<NdArray> layer(Arguments in) {
        NdArray x = in.real();
        Groups groups = new Groups(x, fromAxis(in));
        double[] mean = groups.means();
        double[] variance = groups.variances(mean);
        NdArray bias = in.has(2) ? in.get(2) : null;
        NdArray y = map(x, x.type(), place -> {
            int group = groups.of(place);
            double normalized = (x.real(place) - mean[group]) / Math.sqrt(variance[group] + epsilon(in));
            return normalized * number(in.get(1), x.grid(), place) + number(bias, x.grid(), place);
        });
        double[] inverse = IntStream.range(0, mean.length)
                .mapToDouble(i -> 1 / Math.sqrt(variance[i] + epsilon(in)))
                .toArray();
        return List.of(
                y,
                NdArray.ofReals(DataType.FLOAT32, groups.to, mean),
                NdArray.ofReals(DataType.FLOAT32, groups.to, inverse));
    }

    private static NdArray rootMeanSquare(Arguments in) {
        NdArray x = in.real();
        Groups groups = new Groups(x, fromAxis(in));
        double[] square = groups.variances(new double[groups.members.size()]);
        return map(
                x,
                in.get(1).type(),
                place -> x.real(place)
                        / Math.sqrt(square[groups.of(place)] + epsilon(in))
                        * number(in.get(1), x.grid(), place));
    }

    private static NdArray meanVariance(Arguments in) {
        NdArray x = in.real();
        long[] axes = in.attributes().longs("axes");
        Groups groups = new Groups(x, axes == null ? new long[] {0, 2, 3} : axes);
        double[] mean = groups.means();
        double[] variance = groups.variances(mean);
        return map(x, x.type(), place -> {
            int group = groups.of(place);
            return (x.real(place) - mean[group]) / (Math.sqrt(variance[group]) + 1e-9);
        });
    }

    /** What has length 0 stays as it is. */
    private static NdArray byLength(Arguments in) {
        NdArray x = in.real();
        boolean first = in.attributes().longValue("p", 2) == 1;
        Groups groups = new Groups(x, in.attributes().longValue("axis", -1));
        double[] lengths = groups.members.stream()
                .mapToDouble(group -> first
                        ? group.stream().mapToDouble(i -> Math.abs(x.real(i))).sum()
                        : Math.sqrt(group.stream()
                                .mapToDouble(i -> x.real(i) * x.real(i))
                                .sum()))
                .toArray();
        return map(x, x.type(), place -> {
            double length = lengths[groups.of(place)];
            return length == 0 ? 0 : x.real(place) / length;
        });
    }

    private static NdArray localResponse(Arguments in) {
        NdArray x = in.real();
        Attributes attributes = in.attributes();
        int size = (int) attributes.longValue("size", 1);
        double alpha = attributes.floatValue("alpha", 1e-4f);
        double beta = attributes.floatValue("beta", 0.75f);
        double bias = attributes.floatValue("bias", 1);
        return map(x, x.type(), place -> {
            double squares = 0;
            for (int i = -((size - 1) / 2); i <= size / 2; i++) {
                int[] at = x.grid().coordinates(place);
                at[1] += i;
                boolean inside = at[1] >= 0 && at[1] < x.grid().size(1);
                squares += inside ? Math.pow(x.real(x.grid().place(at)), 2) : 0;
            }
            return x.real(place) / Math.pow(bias + alpha / size * squares, beta);
        });
    }
}
