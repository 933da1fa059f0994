package io.maas.backend.nd4j;

import io.maas.error.BackendException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.Op;
import org.nd4j.linalg.factory.Nd4j;

/** Where arrays are made. Those that nobody has retained when the bench is cleared are freed. */
final class Bench implements AutoCloseable {
    private final List<Storage> made = new ArrayList<>();

    static org.nd4j.linalg.api.buffer.DataType nd4j(DataType type) {
        return switch (type) {
            case FLOAT32 -> org.nd4j.linalg.api.buffer.DataType.FLOAT;
            case FLOAT64 -> org.nd4j.linalg.api.buffer.DataType.DOUBLE;
            case INT32 -> org.nd4j.linalg.api.buffer.DataType.INT32;
            case INT64 -> org.nd4j.linalg.api.buffer.DataType.INT64;
            case BOOL -> org.nd4j.linalg.api.buffer.DataType.BOOL;
            case INT8 -> org.nd4j.linalg.api.buffer.DataType.INT8;
            case UINT8, UINT16, INT16, UINT32, UINT64, FLOAT16, BFLOAT16, STRING ->
                throw new BackendException(Nd4jBackend.NAME, "does not run type " + type);
        };
    }

    /** An array to be filled; its elements are arbitrary. */
    Array create(DataType type, long... shape) {
        return Shapes.elements(shape) == 0
                ? new Array(type, shape, null, null)
                : adopt(type, Nd4j.createUninitialized(nd4j(type), shape, 'c'));
    }

    /** Takes over memory that ND4J has made, row-major and shared with nobody. */
    private Array adopt(DataType type, INDArray memory) {
        Storage storage = new Storage(memory);
        made.add(storage);
        return new Array(type, memory.shape(), storage, memory);
    }

    void adopt(Storage storage) {
        made.add(storage);
    }

    Array of(Tensor tensor) {
        Array array = create(tensor.dataType(), tensor.shape().toArray());
        if (!array.isEmpty()) {
            tensor.copyTo(array.bytes(), 0);
        }
        return array;
    }

    /** A copy in memory of its own. */
    static Tensor toTensor(Array array) {
        ByteBuffer memory = Tensor.newMemory(array.elements() * array.type().byteSize());
        if (!array.isEmpty()) {
            memory.put(0, array.bytes(), 0, memory.capacity());
        }
        return Tensor.wrap(array.type(), Shape.of(array.shape()), memory);
    }

    /** Integers of either width, or bools; what does not fit 32 bits wraps. */
    Array longs(DataType type, long[] values, long... shape) {
        Array array = create(type, shape);
        ByteBuffer bytes = array.bytes();
        for (int i = 0; i < values.length; i++) {
            switch (type) {
                case INT64 -> bytes.putLong(8 * i, values[i]);
                case INT32 -> bytes.putInt(4 * i, (int) values[i]);
                case BOOL -> bytes.put(i, (byte) (values[i] == 0 ? 0 : 1));
                default -> throw new IllegalArgumentException("type: " + type + " (expected: an integer type or BOOL)");
            }
        }
        return array;
    }

    /** Numbers of a floating-point type, rounded to it. */
    Array reals(DataType type, double[] values, long... shape) {
        Array array = create(type, shape);
        ByteBuffer bytes = array.bytes();
        switch (type) {
            case FLOAT64 -> bytes.asDoubleBuffer().put(values);
            case FLOAT32 -> {
                for (int i = 0; i < values.length; i++) {
                    bytes.putFloat(4 * i, (float) values[i]);
                }
            }
            default -> throw new IllegalArgumentException("type: " + type + " (expected: FLOAT32 or FLOAT64)");
        }
        return array;
    }

    /** The same number everywhere, of a floating-point type. */
    Array fill(DataType type, double value, long... shape) {
        Array array = create(type, shape);
        if (!array.isEmpty()) {
            array.memory().assign(value);
        }
        return array;
    }

    /** The elements of a strided part of an array, copied. */
    Array copyOf(Array from, long offset, long[] shape, long[] strides) {
        if (Shapes.elements(shape) == 0) {
            return create(from.type(), shape);
        }
        return adopt(from.type(), view(from, offset, shape, strides).dup('c'));
    }

    /** Writes into a strided part of an array that this bench has just made. */
    static void write(Array from, Array to, long offset, long[] strides) {
        if (!from.isEmpty()) {
            view(to, offset, from.shape(), strides).assign(from.memory());
        }
    }

    private static INDArray view(Array of, long offset, long[] shape, long[] strides) {
        return Nd4j.create(of.memory().data(), shape, strides, offset, 'c');
    }

    Array cast(Array x, DataType to) {
        if (x.type() == to) {
            return x;
        }
        return x.isEmpty()
                ? create(to, x.shape())
                : adopt(to, x.memory().castTo(nd4j(to))).reshape(x.shape());
    }

    /** One of ND4J's element-wise operations, into a new array of the same type and shape. */
    Array transform(Array x, Transform operation) {
        Array result = create(x.type(), x.shape());
        if (!result.isEmpty()) {
            Nd4j.exec(operation.of(x.memory(), result.memory()));
        }
        return result;
    }

    /** Makes an element-wise operation. */
    interface Transform {
        Op of(INDArray from, INDArray to);
    }

    /** One of ND4J's named operations, into {@code result}, unless that is empty. */
    Array run(Call call, Array result) {
        if (!result.isEmpty()) {
            INDArray[] inputs = call.inputs().stream().map(Array::memory).toArray(INDArray[]::new);
            DynamicCustomOp.DynamicCustomOpsBuilder builder =
                    DynamicCustomOp.builder(call.name()).addInputs(inputs);
            call.integers().forEach(each -> builder.addIntegerArguments((long) each));
            call.reals().forEach(builder::addFloatingPointArguments);
            call.flags().forEach(builder::addBooleanArguments);
            Nd4j.exec(builder.addOutputs(result.memory()).build());
        }
        return result;
    }

    /** Frees what nobody has retained. */
    void clear() {
        made.forEach(Storage::closeUnused);
        made.clear();
    }

    @Override
    public void close() {
        clear();
    }
}
