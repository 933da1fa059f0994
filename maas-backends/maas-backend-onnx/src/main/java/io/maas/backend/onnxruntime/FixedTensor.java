package io.maas.backend.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/** Float32 memory that the runtime reads as an input or writes as an output, and Java the other way round. */
final class FixedTensor implements Resident {
    private final @Nullable Port input;
    private final @Nullable Port output;
    private final Shape shape;
    private final ByteBuffer memory;
    private final OnnxTensor view;

    private FixedTensor(@Nullable Port input, @Nullable Port output, Shape shape, ByteBuffer memory, OnnxTensor view) {
        this.input = input;
        this.output = output;
        this.shape = shape;
        this.memory = memory;
        this.view = view;
    }

    static FixedTensor input(Engine engine, Port port, Tensor first) throws OrtException {
        ByteBuffer memory = Tensor.newDirectMemory(first.byteSize());
        first.copyTo(memory, 0);
        return new FixedTensor(port, null, first.shape(), memory, engine.view(port, memory, first.shape()));
    }

    static FixedTensor output(Engine engine, Port port, Shape shape) throws OrtException {
        ByteBuffer memory = Tensor.newDirectMemory(Math.multiplyExact(shape.elements(), Float.BYTES));
        return new FixedTensor(null, port, shape, memory, engine.view(port, memory, shape));
    }

    @Override
    public @Nullable Port input() {
        return input;
    }

    @Override
    public @Nullable Port output() {
        return output;
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public Bindings.@Nullable Entry source(int phase) {
        return input == null ? null : new Bindings.Entry(input.engineName(), view);
    }

    @Override
    public Bindings.@Nullable Entry target(int phase) {
        return output == null ? null : new Bindings.Entry(output.engineName(), view);
    }

    FloatBuffer floats() {
        return memory.asFloatBuffer();
    }

    Tensor copy() {
        return Tensor.copyOf(DataType.FLOAT32, shape, memory.duplicate());
    }

    @Override
    public void close() {
        view.close();
    }
}
