package io.maas.api.wire;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Tensors over the whole ranges of their types. */
final class RandomTensors {
    static final List<DataType> TYPES =
            Arrays.stream(DataType.values()).filter(Datatypes::hasJsonForm).toList();

    private static final String[] TEXTS = {
        "", "a", "\"quoted\\\"", "naïve ☕ 𝄞", "line\nbreak\u0000", "</script>", "\ud800"
    };

    private RandomTensors() {}

    /** Of types and values that JSON can carry. */
    static Tensors group(Random random) {
        return group(random, TYPES);
    }

    /** Of all types, with NaN and the infinities. */
    static Tensors groupOfAllTypes(Random random) {
        Tensors group = group(random, List.of(DataType.values()));
        List<Tensors.Entry> entries = new ArrayList<>();
        for (Tensors.Entry entry : group) {
            Tensor tensor = entry.tensor();
            boolean bits = tensor.dataType().isFloating() && random.nextBoolean();
            entries.add(new Tensors.Entry(entry.name() + "x".repeat(random.nextInt(2)), bits ? bits(random, tensor) : tensor));
        }
        return Tensors.copyOf(entries);
    }

    private static Tensor bits(Random random, Tensor like) {
        byte[] any = new byte[Math.toIntExact(like.byteSize())];
        random.nextBytes(any);
        return Tensor.copyOf(like.dataType(), like.shape(), ByteBuffer.wrap(any));
    }

    static boolean isExactInJson(Tensor tensor) {
        return Datatypes.hasJsonForm(tensor.dataType())
                && (!tensor.dataType().isFloating()
                        || Arrays.stream(tensor.toDoubleArray()).allMatch(Double::isFinite));
    }

    private static Tensors group(Random random, List<DataType> types) {
        List<Tensors.Entry> entries = new ArrayList<>();
        int count = random.nextInt(4);
        for (int i = 0; i < count; i++) {
            DataType type = types.get(random.nextInt(types.size()));
            entries.add(new Tensors.Entry("tensor \"" + i + "\" é", tensor(random, type, shape(random))));
        }
        return Tensors.copyOf(entries);
    }

    static Shape shape(Random random) {
        long[] sizes = new long[random.nextInt(4)];
        Arrays.setAll(sizes, i -> random.nextInt(5));
        return Shape.of(sizes);
    }

    static Tensor tensor(Random random, DataType type, Shape shape) {
        int elements = Math.toIntExact(shape.elements());
        if (type == DataType.STRING) {
            String[] texts = new String[elements];
            Arrays.setAll(texts, i -> TEXTS[random.nextInt(TEXTS.length)]);
            return Tensor.of(texts).reshape(shape);
        }
        ByteBuffer memory = Tensor.newMemory((long) elements * type.byteSize());
        for (int i = 0; i < elements; i++) {
            switch (type) {
                case BOOL -> memory.put(i, (byte) random.nextInt(2));
                case FLOAT32 -> memory.putFloat(4 * i, finite(random));
                case FLOAT64 -> memory.putDouble(8 * i, finiteDouble(random));
                default -> {
                    for (int b = 0; b < type.byteSize(); b++) {
                        // All zeros and all ones are the ends of most ranges.
                        int kind = random.nextInt(3);
                        memory.put(i * type.byteSize() + b, (byte)
                                (kind == 0 ? 0 : kind == 1 ? 0xff : random.nextInt(256)));
                    }
                }
            }
        }
        return Tensor.wrap(type, shape, memory);
    }

    private static float finite(Random random) {
        float value = Float.intBitsToFloat(random.nextInt());
        return Float.isFinite(value) ? value : -0.0f;
    }

    private static double finiteDouble(Random random) {
        double value = Double.longBitsToDouble(random.nextLong());
        return Double.isFinite(value) ? value : -0.0;
    }
}
