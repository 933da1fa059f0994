package io.maas.graph.onnx;

import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Weights of few bits, in blocks of one scale and zero point each, as the floating-point numbers that they stand for. */
final class PackedWeights {
    /**
     * What was unpacked, by the name of the packed weight. Each is unpacked in one way only: the memory that it takes is then
     * bounded by that of the file.
     */
    static final class Unpacked {
        private record Weight(List<Object> how, String name) {}

        private final Map<String, Weight> weights = new HashMap<>();
    }

    /** A matrix {@code [n, k]}, of which {@code size} neighbours along {@code k} are a block. */
    private record Layout(long k, long n, long bits, long size) {
        boolean isKnown() {
            boolean power = size >= 16 && Long.bitCount(size) == 1;
            return k > 0 && n > 0 && power && size <= 1 << 24 && (bits == 4 || bits == 8);
        }

        long blocks() {
            return (k + size - 1) / size;
        }

        /** The bytes of so many numbers in a row. */
        long bytes(long count) {
            return (count * bits + 7) / 8;
        }
    }

    private final Layout layout;
    private final Tensor packed;
    private final double[] scales;
    private final double[] zeroPoints;

    private PackedWeights(Layout layout, Tensor packed, double[] scales, double[] zeroPoints) {
        this.layout = layout;
        this.packed = packed;
        this.scales = scales;
        this.zeroPoints = zeroPoints;
    }

    /** {@code a w + bias} with {@code w = (packed - zero point) scale}, transposed. */
    static boolean matmul(FusedNode node) {
        String weight = node.given(4) || node.flag("weight_prepacked") ? null : weight(node);
        if (weight == null) {
            return false;
        }
        String product = node.write(Op.MATMUL, node.input(0), weight);
        node.output(0, node.given(5) ? node.add(product, node.input(5)) : product);
        return true;
    }

    private static @Nullable String weight(FusedNode node) {
        Attributes attributes = node.attributes();
        Layout layout = new Layout(
                attributes.longValue("K", 0),
                attributes.longValue("N", 0),
                attributes.longValue("bits", 4),
                attributes.longValue("block_size", 0));
        List<Object> how = List.of(layout, node.input(2), node.input(3));
        Map<String, Unpacked.Weight> known = node.model().unpacked().weights;
        Unpacked.Weight before = known.get(node.input(1));
        if (before != null) {
            return before.how().equals(how) ? before.name() : null;
        }
        Tensor weight = layout.isKnown() ? unpack(node, layout) : null;
        if (weight == null) {
            return null;
        }
        String name = node.weight(weight);
        known.put(node.input(1), new Unpacked.Weight(how, name));
        return name;
    }

    /** Null if the inputs are not constants of just these sizes. */
    private static @Nullable Tensor unpack(FusedNode node, Layout layout) {
        Tensor packed = node.constant(1);
        Tensor scales = node.constant(2);
        if (packed == null
                || scales == null
                || scales.dataType() != node.type(0)
                || !scales.dataType().isFloating()) {
            return null;
        }
        long blocks =
                layout.n() <= Integer.MAX_VALUE && layout.k() <= Integer.MAX_VALUE ? layout.n() * layout.blocks() : -1;
        long width = scales.dataType().byteSize();
        boolean fits = packed.dataType() == DataType.UINT8
                && scales.elements() == blocks
                && packed.elements() == blocks * layout.bytes(layout.size())
                && layout.n() * layout.k() * width <= Integer.MAX_VALUE - 64;
        double[] zeroPoints = fits ? zeroPoints(node, layout, scales.dataType()) : null;
        return zeroPoints == null
                ? null
                : new PackedWeights(layout, packed, scales.toDoubleArray(), zeroPoints).unpack(scales.dataType());
    }

    /** One a block; null if they are not what the operator takes. */
    private static double @Nullable [] zeroPoints(FusedNode node, Layout layout, DataType type) {
        int blocks = (int) (layout.n() * layout.blocks());
        double[] points = new double[blocks];
        if (!node.given(3)) {
            Arrays.fill(points, 1 << (int) (layout.bits() - 1));
            return points;
        }
        Tensor given = node.constant(3);
        if (given != null && given.dataType() == type && given.elements() == blocks) {
            return given.toDoubleArray();
        }
        long row = layout.bytes(layout.blocks());
        if (given == null || given.dataType() != DataType.UINT8 || given.elements() != layout.n() * row) {
            return null;
        }
        ByteBuffer bytes = given.bytes();
        for (int i = 0; i < blocks; i++) {
            points[i] = number(bytes, i / layout.blocks() * row, i % layout.blocks(), layout.bits());
        }
        return points;
    }

    /** Of numbers packed from the lowest bit of a byte on, the one at {@code index} behind {@code start}. */
    private static int number(ByteBuffer bytes, long start, long index, long bits) {
        long bit = index * bits;
        return bytes.get((int) (start + bit / 8)) >> bit % 8 & (1 << bits) - 1;
    }

    /** The matrix {@code [k, n]}. */
    private Tensor unpack(DataType type) {
        int k = (int) layout.k();
        int n = (int) layout.n();
        Shape shape = Shape.of(k, n);
        if (type != DataType.FLOAT32) {
            double[] values = new double[k * n];
            fill((at, value) -> values[at] = value);
            return Tensor.of(type, values, shape);
        }
        ByteBuffer memory = Tensor.newMemory(4L * k * n);
        fill((at, value) -> memory.putFloat(4 * at, (float) value));
        return Tensor.wrap(type, shape, memory);
    }

    private interface Place {
        void put(int at, double value);
    }

    private void fill(Place place) {
        ByteBuffer bytes = packed.bytes();
        long blob = layout.bytes(layout.size());
        for (int row = 0; row < layout.n(); row++) {
            for (int column = 0; column < layout.k(); column++) {
                int block = (int) (row * layout.blocks() + column / layout.size());
                int number = number(bytes, block * blob, column % layout.size(), layout.bits());
                place.put((int) (column * layout.n() + row), (number - zeroPoints[block]) * scales[block]);
            }
        }
    }
}
