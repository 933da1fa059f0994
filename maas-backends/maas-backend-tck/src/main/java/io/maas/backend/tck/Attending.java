package io.maas.backend.tck;

import io.maas.tensor.DataType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Attention, rotated positions and dropout. */
final class Attending {
    private Attending() {}

    // ---- attention

    /** A view of keys, queries or values as {@code [batch, heads, length, size]}. */
    private record Heads(NdArray array, boolean apart, int batch, int heads, int length, int size) {
        static Heads of(NdArray array, long count) {
            Grid grid = array.grid();
            return grid.rank() == 4
                    ? new Heads(array, true, grid.size(0), grid.size(1), grid.size(2), grid.size(3))
                    : new Heads(array, false, grid.size(0), (int) count, grid.size(1), grid.size(2) / (int) count);
        }

        double at(int n, int head, int t, int i) {
            return array.real(
                    apart
                            ? ((n * heads + head) * length + t) * size + i
                            : (n * length + t) * heads * size + head * size + i);
        }
    }

    /** Keys or values with those of the past before them, as {@code [batch, heads, length, size]}. */
    private static NdArray withPast(Arguments in, int past, Heads now) {
        int before = in.has(past) ? in.get(past).grid().size(2) : 0;
        int total = before + now.length;
        double[] values = new double[now.batch * now.heads * total * now.size];
        for (int at = 0; at < values.length; at++) {
            int i = at % now.size;
            int t = at / now.size % total;
            int head = at / now.size / total % now.heads;
            int n = at / now.size / total / now.heads;
            values[at] = t < before
                    ? in.get(past).real(((n * now.heads + head) * before + t) * now.size + i)
                    : now.at(n, head, t - before, i);
        }
        return NdArray.ofReals(now.array.type(), Grid.of(now.batch, now.heads, total, now.size), values);
    }

    static List<NdArray> attention(Arguments in) {
        Heads q = Heads.of(in.get(0), in.attributes().longValue("q_num_heads", 0));
        long own = in.attributes().longValue("kv_num_heads", 0);
        NdArray presentKey = withPast(in, 4, Heads.of(in.get(1), own));
        NdArray presentValue = withPast(in, 5, Heads.of(in.get(2), own));
        Heads k = Heads.of(presentKey, 0);
        Heads v = Heads.of(presentValue, 0);
        double given = in.attributes().floatValue("scale", 0);
        double scale = given == 0 ? 1 / Math.sqrt(q.size) : given;
        double cap = in.attributes().floatValue("softcap", 0);
        boolean causal = in.attributes().longValue("is_causal", 0) == 1;
        int before = k.length - Heads.of(in.get(1), own).length;
        int mode = (int) in.attributes().longValue("qk_matmul_output_mode", 0);
        Grid scores = Grid.of(q.batch, q.heads, q.length, k.length);
        double[] shown = new double[scores.count()];
        double[] mixed = new double[q.batch * q.heads * q.length * v.size];
        for (int n = 0; n < q.batch; n++) {
            for (int head = 0; head < q.heads; head++) {
                int shared = head / (q.heads / k.heads);
                for (int s = 0; s < q.length; s++) {
                    double[] row = new double[k.length];
                    for (int t = 0; t < k.length; t++) {
                        int place = scores.place(n, head, s, t);
                        for (int i = 0; i < q.size; i++) {
                            row[t] += q.at(n, head, s, i) * k.at(n, shared, t, i) * scale;
                        }
                        shown[place] = mode == 0 ? row[t] : shown[place];
                        row[t] += causal && t > s + before ? Double.NEGATIVE_INFINITY : 0;
                        row[t] += in.has(3) ? bias(in.get(3), n, head, s, t) : 0;
                        shown[place] = mode == 1 ? row[t] : shown[place];
                        row[t] = cap == 0 ? row[t] : cap * Math.tanh(row[t] / cap);
                        shown[place] = mode == 2 ? row[t] : shown[place];
                    }
                    double[] weights = softmax(row);
                    for (int t = 0; t < k.length; t++) {
                        int place = scores.place(n, head, s, t);
                        shown[place] = mode == 3 ? weights[t] : shown[place];
                        for (int i = 0; i < v.size; i++) {
                            int at = q.apart
                                    ? ((n * q.heads + head) * q.length + s) * v.size + i
                                    : (n * q.length + s) * q.heads * v.size + head * v.size + i;
                            mixed[at] += weights[t] * v.at(n, shared, t, i);
                        }
                    }
                }
            }
        }
        Grid result =
                q.apart ? Grid.of(q.batch, q.heads, q.length, v.size) : Grid.of(q.batch, q.length, q.heads * v.size);
        DataType type = in.get(0).type();
        return List.of(
                NdArray.ofReals(type, result, mixed), presentKey, presentValue, NdArray.ofReals(type, scores, shown));
    }

    /** What a mask adds to one score; it broadcasts from its last axis on. */
    private static double bias(NdArray mask, int... place) {
        Grid grid = mask.grid();
        int[] own = new int[grid.rank()];
        for (int axis = 1; axis <= own.length; axis++) {
            own[own.length - axis] = grid.size(-axis) == 1 ? 0 : place[place.length - axis];
        }
        int at = grid.place(own);
        return mask.isReal() ? mask.real(at) : mask.integer(at) == 1 ? 0 : Double.NEGATIVE_INFINITY;
    }

    private static double[] softmax(double[] row) {
        double most = Arrays.stream(row).max().orElse(0);
        double[] weights = Arrays.stream(row).map(x -> Math.exp(x - most)).toArray();
        double sum = Arrays.stream(weights).sum();
        return Arrays.stream(weights).map(x -> x / sum).toArray();
    }

    // ---- rotated positions

    static NdArray rotary(Arguments in) {
        Heads x = Heads.of(in.get(0), in.attributes().longValue("num_heads", 0));
        int part = (int) in.attributes().longValue("rotary_embedding_dim", 0);
        int turning = part == 0 ? x.size : part;
        boolean interleaved = in.attributes().longValue("interleaved", 0) == 1;
        double[] values = new double[in.get(0).grid().count()];
        for (int at = 0; at < values.length; at++) {
            int i = at % x.size;
            int rest = at / x.size;
            int t = x.apart ? rest % x.length : rest / x.heads % x.length;
            int head = x.apart ? rest / x.length % x.heads : rest % x.heads;
            int n = rest / x.length / x.heads;
            if (i >= turning) {
                values[at] = x.at(n, head, t, i);
                continue;
            }
            int pair = interleaved ? i / 2 : i % (turning / 2);
            boolean second = interleaved ? i % 2 == 1 : i >= turning / 2;
            double a = x.at(n, head, t, interleaved ? 2 * pair : pair);
            double b = x.at(n, head, t, interleaved ? 2 * pair + 1 : pair + turning / 2);
            double cos = angle(in, 1, n, t, pair);
            double sin = angle(in, 2, n, t, pair);
            values[at] = second ? sin * a + cos * b : cos * a - sin * b;
        }
        return NdArray.ofReals(in.get(0).type(), in.get(0).grid(), values);
    }

    private static double angle(Arguments in, int input, int n, int t, int pair) {
        NdArray cache = in.get(input);
        return in.has(3)
                ? cache.real(cache.grid()
                        .place((int) in.get(3).indices()[in.get(3).grid().place(n, t)], pair))
                : cache.real(cache.grid().place(n, t, pair));
    }

    // ---- dropout

    static List<NdArray> dropout(Arguments in) {
        NdArray x = in.real();
        boolean training = in.has(2) && in.get(2).integer(0) == 1;
        double ratio = training ? (in.has(1) ? in.get(1).real(0) : 0.5) : 0;
        Random random = new Random(in.attributes().longValue("seed", 0));
        double[] values = new double[x.grid().count()];
        long[] mask = new long[values.length];
        for (int i = 0; i < values.length; i++) {
            mask[i] = random.nextDouble() >= ratio ? 1 : 0;
            values[i] = mask[i] == 1 ? x.real(i) / (1 - ratio) : 0;
        }
        return List.of(NdArray.ofReals(x.type(), x.grid(), values), NdArray.ofIntegers(DataType.BOOL, x.grid(), mask));
    }
}
