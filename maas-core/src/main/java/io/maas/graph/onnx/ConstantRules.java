package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import com.google.common.primitives.Doubles;
import com.google.common.primitives.Longs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How large the values are that operators make of constants. Where too little is known, a value is taken to be as large as the largest input:
 * an estimate, behind which an engine's own limits and the budget of a load still stand.
 *
 * <p>Sizes are multiplied exactly: {@link ArithmeticException} says that a value has more elements than a long counts.
 */
final class ConstantRules {
    private final NodeProto node;
    private final Operands at;

    private ConstantRules(NodeProto node, List<@Nullable Constant> inputs) {
        this.node = node;
        this.at = new Operands(node, inputs);
    }

    /** The first output of a node whose inputs are all constants. */
    static Constant output(NodeProto node, List<@Nullable Constant> inputs) {
        return new ConstantRules(node, inputs).output();
    }

    /** How many elements a node makes at least, whatever those of its inputs are that are null for not known. */
    static long atLeast(NodeProto node, List<@Nullable Constant> inputs) {
        return new ConstantRules(node, inputs).atLeast();
    }

    private Constant output() {
        Constant known = switch (at.operator()) {
            case "Constant" -> constant();
            case "ConstantOfShape" -> constantOfShape();
            case "RandomNormal", "RandomUniform" -> Constant.ofSizes(at.ints("shape"), Float.BYTES);
            case "Shape" -> shape();
            case "Size" -> Constant.list((double) at.elements(0));
            case "Range" -> range();
            case "Expand" -> sized(broadcast(at.sizes(0), at.longs(1)), at.bytes(0));
            case "Tile" -> tile();
            case "Pad" -> sized(padded(at.sizes(0)), at.bytes(0));
            case "Resize", "Upsample" -> resized();
            case "OneHot" -> Constant.ofElements(multiply(at.elements(0), depth()), at.bytes(2));
            case "Concat" -> concat();
            case "Gather" -> gather();
            case "GatherElements", "GridSample" -> sized(at.sizes(1), at.bytes(0));
            case "Slice" -> sliced();
            case "NonZero" -> Constant.ofElements(multiply(at.rank(0), at.elements(0)), Long.BYTES);
            case "MatMul", "Gemm" -> sized(multiplied(), at.bytes(0));
            case "ConvTranspose", "Conv", "MaxUnpool", "CenterCropPad", "AffineGrid", "Col2Im" ->
                Constant.ofElements(Math.max(atLeast(), at.elements(0)), at.bytes(0));
            case "HannWindow", "HammingWindow", "BlackmanWindow", "MelWeightMatrix" ->
                Constant.ofElements(atLeast(), Float.BYTES);
            case "StringConcat" -> broadcastAll(Math.addExact(at.bytes(0), at.bytes(1)));
            case "Cast" -> cast();
            case "Squeeze", "Unsqueeze", "Reshape", "Flatten", "Identity", "Transpose" -> moved();
            default -> null;
        };
        return known == null ? elementwise() : known;
    }

    private long atLeast() {
        return switch (at.operator()) {
            case "ConstantOfShape" -> product(at.longs(0));
            case "Expand", "Tile", "CenterCropPad", "AffineGrid" -> product(at.longs(1));
            case "MaxUnpool" -> Math.max(product(at.longs(2)), 1);
            case "Col2Im" -> product(at.longs(1));
            case "RandomNormal", "RandomUniform" -> product(at.ints("shape"));
            case "Multinomial" -> at.integer("sample_size", 1);
            case "OneHot" -> at.input(1) == null ? 1 : depth();
            case "Range" -> at.known(0) && at.known(1) && at.known(2) ? range().elements() : 1;
            case "Pad" -> product(padded(at.sizes(0) == null ? ones(pads().length / 2) : at.sizes(0)));
            case "Resize" -> Math.max(product(at.longs(3)), 1);
            case "HannWindow", "HammingWindow", "BlackmanWindow" -> product(at.longs(0));
            case "MelWeightMatrix" -> multiply(product(at.longs(0)), product(at.longs(1)));
            case "ConvTranspose" -> Math.max(product(at.ints("output_shape")), product(at.ints("output_padding")));
            case "RoiAlign" -> multiply(at.integer("output_height", 1), at.integer("output_width", 1));
            case "MaxRoiPool" -> product(at.ints("pooled_shape"));
            case "TfIdfVectorizer" ->
                Math.addExact(Arrays.stream(at.ints("ngram_indexes")).max().orElse(0), 1);
            case "TreeEnsembleRegressor", "TreeEnsemble" -> at.integer("n_targets", 1);
            default -> 0;
        };
    }

    // ---- makers

    private @Nullable Constant constant() {
        AttributeProto value =
                node.getAttributeCount() == 0 ? AttributeProto.getDefaultInstance() : node.getAttribute(0);
        return switch (value.getName()) {
            case "value" -> Constant.of(value.getT());
            case "sparse_value" -> sparse(value.getSparseTensor());
            case "value_int" -> Constant.ofNumbers(new double[] {value.getI()}, new long[0], Long.BYTES);
            case "value_float" -> Constant.ofNumbers(new double[] {value.getF()}, new long[0], Float.BYTES);
            case "value_ints" ->
                Constant.list(value.getIntsList().stream()
                        .mapToDouble(Long::doubleValue)
                        .toArray());
            case "value_floats" ->
                Constant.list(value.getFloatsList().stream()
                        .mapToDouble(Float::doubleValue)
                        .toArray());
            default -> Constant.ofElements(1, value.getSerializedSize());
        };
    }

    /** Engines write the zeros out. */
    static Constant sparse(SparseTensorProto sparse) {
        return Constant.ofSizes(
                Longs.toArray(sparse.getDimsList()),
                Constant.elementBytes(sparse.getValues().getDataType()));
    }

    private @Nullable Constant constantOfShape() {
        AttributeProto value = at.attribute("value");
        Constant sized = sized(
                at.longs(0),
                value == null ? Float.BYTES : Constant.elementBytes(value.getT().getDataType()));
        if (sized == null || value == null || sized.elements() > Constant.MOST_NUMBERS) {
            return sized;
        }
        double[] one = Constant.of(value.getT()).numbers();
        if (one == null || one.length != 1) {
            return sized;
        }
        double[] numbers = new double[(int) sized.elements()];
        Arrays.fill(numbers, one[0]);
        return Constant.ofNumbers(numbers, sized.sizes(), sized.elementBytes());
    }

    private Constant shape() {
        long[] sizes = at.sizes(0);
        return sizes == null ? Constant.ofElements(1, Long.BYTES) : Constant.list(doubles(sizes));
    }

    private Constant range() {
        if (!at.known(0) || !at.known(1) || !at.known(2)) {
            return Constant.ofElements(1, at.bytes(0));
        }
        double start = at.number(0);
        double step = at.number(2);
        double count = Math.ceil((at.number(1) - start) / step);
        if (!(count > 0)) {
            return Constant.ofSizes(new long[] {0}, at.bytes(0));
        }
        // Saturates, and what is so long overflows with its bytes at the latest.
        long elements = (long) count;
        if (elements > Constant.MOST_NUMBERS) {
            return Constant.ofSizes(new long[] {elements}, at.bytes(0));
        }
        double[] numbers = new double[(int) elements];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = start + i * step;
        }
        return Constant.ofNumbers(numbers, new long[] {elements}, at.bytes(0));
    }

    private @Nullable Constant tile() {
        long[] repeats = at.longs(1);
        long[] sizes = at.sizes(0);
        if (repeats == null) {
            return null;
        }
        if (sizes == null || sizes.length != repeats.length) {
            return Constant.ofElements(multiply(at.elements(0), Constant.product(repeats)), at.bytes(0));
        }
        long[] tiled = new long[sizes.length];
        Arrays.setAll(tiled, i -> multiply(sizes[i], repeats[i]));
        return sized(tiled, at.bytes(0));
    }

    private long[] pads() {
        long[] pads = at.count() > 1 ? at.longs(1) : at.ints("pads");
        return pads == null ? new long[0] : pads;
    }

    private long @Nullable [] padded(long @Nullable [] sizes) {
        long[] pads = pads();
        if (sizes == null || pads.length == 0 || pads.length % 2 != 0) {
            return sizes;
        }
        // With axes fewer than the rank it is not known which; any of them may be the largest.
        int axes = pads.length / 2;
        long[] padded = sizes.clone();
        for (int i = 0; i < axes && i < padded.length; i++) {
            padded[i] = Math.max(0, Math.addExact(padded[i], Math.addExact(pads[i], pads[axes + i])));
        }
        return padded;
    }

    private @Nullable Constant resized() {
        long[] sizes = at.count() > 3 ? at.longs(3) : null;
        if (sizes != null && sizes.length > 0) {
            return sized(sizes, at.bytes(0));
        }
        Constant scales = at.count() > 2 ? at.input(2) : at.count() > 1 ? at.input(1) : null;
        double[] factors = scales == null ? at.floats("scales") : scales.numbers();
        if (factors == null) {
            return null;
        }
        double elements = at.elements(0);
        for (double factor : factors) {
            elements *= factor;
        }
        return Constant.ofElements((long) Math.max(0, elements), at.bytes(0));
    }

    private long depth() {
        double[] depth = at.numbers(1);
        return depth == null || depth.length != 1 ? 1 : Math.max(0, (long) depth[0]);
    }

    private @Nullable Constant concat() {
        long elements = 0;
        long bytes = 1;
        List<Double> numbers = new ArrayList<>();
        boolean known = true;
        for (int i = 0; i < at.count(); i++) {
            Constant part = Operands.or(at.input(i));
            elements = Math.addExact(elements, part.elements());
            bytes = Math.max(bytes, part.elementBytes());
            double[] few = part.numbers();
            known &= few != null
                    && part.sizes() != null
                    && part.sizes().length == 1
                    && elements <= Constant.MOST_NUMBERS;
            if (known && few != null) {
                numbers.addAll(Doubles.asList(few));
            }
        }
        if (known) {
            double[] all = numbers.stream().mapToDouble(Double::doubleValue).toArray();
            return Constant.ofNumbers(all, new long[] {all.length}, bytes);
        }
        long[] sizes = at.sizes(0);
        int axis = sizes == null ? -1 : axis(at.integer("axis", 0), sizes.length);
        long others = axis < 0 ? 0 : Constant.product(without(Objects.requireNonNull(sizes), axis));
        if (others == 0) {
            return Constant.ofElements(elements, bytes);
        }
        long[] joined = Objects.requireNonNull(sizes).clone();
        joined[axis] = elements / others;
        return Constant.ofSizes(joined, bytes);
    }

    // ---- takers

    private @Nullable Constant gather() {
        double[] from = at.numbers(0);
        double[] indices = at.numbers(1);
        long[] sizes = at.sizes(0);
        if (from != null && indices != null && sizes != null && sizes.length == 1) {
            double[] taken = new double[indices.length];
            for (int i = 0; i < taken.length; i++) {
                int index = (int) (indices[i] < 0 ? indices[i] + from.length : indices[i]);
                taken[i] = index >= 0 && index < from.length ? from[index] : 0;
            }
            return Constant.ofNumbers(taken, at.sizes(1), at.bytes(0));
        }
        int axis = sizes == null ? -1 : axis(at.integer("axis", 0), sizes.length);
        long[] where = at.sizes(1);
        if (sizes == null || axis < 0 || where == null) {
            return null;
        }
        return sized(
                Longs.concat(Arrays.copyOf(sizes, axis), where, Arrays.copyOfRange(sizes, axis + 1, sizes.length)),
                at.bytes(0));
    }

    /** Of a list with bounds that are known; else no larger than what it is cut from. */
    private Constant sliced() {
        double[] from = at.numbers(0);
        long[] starts = at.count() > 2 ? at.longs(1) : at.ints("starts");
        long[] ends = at.count() > 2 ? at.longs(2) : at.ints("ends");
        long[] steps = at.count() > 4 ? at.longs(4) : new long[] {1};
        Constant whole = at.first();
        if (from == null
                || at.rank(0) != 1
                || starts == null
                || ends == null
                || steps == null
                || starts.length != 1
                || ends.length != 1
                || steps.length != 1
                || steps[0] <= 0) {
            return Constant.ofElements(whole.elements(), whole.elementBytes());
        }
        int start = (int) Math.max(0, Math.min(from.length, starts[0] < 0 ? starts[0] + from.length : starts[0]));
        int end = (int) Math.max(start, Math.min(from.length, ends[0] < 0 ? ends[0] + from.length : ends[0]));
        List<Double> taken = new ArrayList<>();
        for (long i = start; i < end; i += steps[0]) {
            taken.add(from[(int) i]);
        }
        double[] numbers = taken.stream().mapToDouble(Double::doubleValue).toArray();
        return Constant.ofNumbers(numbers, new long[] {numbers.length}, whole.elementBytes());
    }

    private long @Nullable [] multiplied() {
        long[] left = turned(at.sizes(0), "transA");
        long[] right = turned(at.sizes(1), "transB");
        if (left == null || right == null || left.length < 2 || right.length < 2) {
            return null;
        }
        long[] outer = broadcast(Arrays.copyOf(left, left.length - 2), Arrays.copyOf(right, right.length - 2));
        return outer == null ? null : Longs.concat(outer, new long[] {left[left.length - 2], right[right.length - 1]});
    }

    private long @Nullable [] turned(long @Nullable [] sizes, String attribute) {
        return sizes != null && sizes.length == 2 && at.integer(attribute, 0) != 0
                ? new long[] {sizes[1], sizes[0]}
                : sizes;
    }

    private Constant cast() {
        Constant from = at.first();
        int type = (int) at.integer("to", 1);
        double[] numbers = from.numbers();
        boolean whole = type != 1 && type != 10 && type != 11 && type != 16;
        Constant rounded = numbers == null || !whole
                ? from
                : Constant.ofNumbers(
                        Arrays.stream(numbers).map(x -> (double) (long) x).toArray(), from.sizes(), 1);
        return rounded.withElementBytes(Constant.elementBytes(type));
    }

    private Constant moved() {
        Constant from = at.first();
        long[] sizes = from.sizes();
        return switch (at.operator()) {
            case "Identity" -> from.withSizes(sizes);
            case "Transpose" -> transposed(from);
            case "Reshape" -> from.withSizes(reshaped(from.elements(), sizes));
            default -> {
                long[] few = from.numbers() == null ? null : new long[] {from.elements()};
                boolean scalar = at.operator().equals("Squeeze") && from.elements() == 1;
                yield from.withSizes(scalar ? new long[0] : sizes == null || sizes.length > 1 ? null : few);
            }
        };
    }

    private Constant transposed(Constant from) {
        long[] sizes = from.sizes();
        if (sizes == null || sizes.length < 2) {
            return from.withSizes(sizes);
        }
        long[] order = at.ints("perm");
        long[] turned = new long[sizes.length];
        for (int i = 0; i < turned.length; i++) {
            long axis = i < order.length ? order[i] : sizes.length - 1 - i;
            turned[i] = sizes[(int) Math.max(0, Math.min(sizes.length - 1, axis))];
        }
        return Constant.ofSizes(turned, from.elementBytes());
    }

    private long @Nullable [] reshaped(long elements, long @Nullable [] before) {
        long[] target = at.longs(1);
        if (target == null) {
            return null;
        }
        long[] sizes = target.clone();
        int open = -1;
        long rest = 1;
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] == 0 && before != null && i < before.length) {
                sizes[i] = before[i];
            }
            if (sizes[i] < 0) {
                open = i;
            } else {
                rest = multiply(rest, Math.max(1, sizes[i]));
            }
        }
        if (open >= 0) {
            sizes[open] = elements / rest;
        }
        return sizes;
    }

    // ---- element by element

    private Constant elementwise() {
        long bytes = 1;
        for (int i = 0; i < at.count(); i++) {
            Constant input = at.input(i);
            bytes = Math.max(bytes, input == null ? 1 : input.elementBytes());
        }
        Constant known = ComputedNumbers.of(at, bytes);
        return known == null ? broadcastAll(bytes) : known;
    }

    private Constant broadcastAll(long bytes) {
        long[] sizes = new long[0];
        long largest = 1;
        for (int i = 0; i < at.count(); i++) {
            Constant input = at.input(i);
            if (input != null) {
                largest = Math.max(largest, input.elements());
                sizes = broadcast(sizes, input.sizes());
            }
        }
        return sizes == null ? Constant.ofElements(largest, bytes) : Constant.ofSizes(sizes, bytes);
    }

    // ---- sizes

    /** Null where the sizes are not known, or such that the engine refuses them. */
    private static @Nullable Constant sized(long @Nullable [] sizes, long bytes) {
        return sizes == null || Arrays.stream(sizes).anyMatch(size -> size < 0) ? null : Constant.ofSizes(sizes, bytes);
    }

    /** Of what is known; 0 where nothing is, or the engine refuses it. */
    private static long product(long @Nullable [] sizes) {
        return sizes == null || sizes.length == 0 || Arrays.stream(sizes).anyMatch(size -> size < 0)
                ? 0
                : Constant.product(sizes);
    }

    private static long multiply(long a, long b) {
        return Math.multiplyExact(a, b);
    }

    private static int axis(long axis, int rank) {
        long at = axis < 0 ? axis + rank : axis;
        return at >= 0 && at < rank ? (int) at : -1;
    }

    private static long[] without(long[] sizes, int axis) {
        return Longs.concat(Arrays.copyOf(sizes, axis), Arrays.copyOfRange(sizes, axis + 1, sizes.length));
    }

    private static long[] ones(int number) {
        long[] ones = new long[number];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static double[] doubles(long[] numbers) {
        return Arrays.stream(numbers).mapToDouble(x -> x).toArray();
    }

    /** Null if one of them is not known or they do not go together. */
    static long @Nullable [] broadcast(long @Nullable [] left, long @Nullable [] right) {
        if (left == null || right == null) {
            return null;
        }
        long[] sizes = new long[Math.max(left.length, right.length)];
        for (int i = 1; i <= sizes.length; i++) {
            long a = i > left.length ? 1 : left[left.length - i];
            long b = i > right.length ? 1 : right[right.length - i];
            if (a != b && a != 1 && b != 1) {
                return null;
            }
            sizes[sizes.length - i] = a == 1 ? b : a;
        }
        return sizes;
    }
}
