package io.maas.backend.onnxruntime;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.nio.ByteBuffer;

/**
 * One piece of state, which an output hands to an input. It has two memories: a step of phase 0 reads the first and writes
 * the second, a step of phase 1 the other way round. So nothing is copied, and a failed step leaves what it read as it was.
 */
final class CarriedTensor implements Resident {
    private final Port input;
    private final Port output;
    private final Shape shape;
    private final ByteBuffer[] memories;
    private final OnnxTensor[] views;

    private CarriedTensor(Port input, Port output, Shape shape, ByteBuffer[] memories, OnnxTensor[] views) {
        this.input = input;
        this.output = output;
        this.shape = shape;
        this.memories = memories;
        this.views = views;
    }

    static CarriedTensor open(Engine engine, Port input, Port output, Tensor first) throws OrtException {
        ByteBuffer[] memories = {Tensor.newDirectMemory(first.byteSize()), Tensor.newDirectMemory(first.byteSize())};
        first.copyTo(memories[0], 0);
        OnnxTensor one = engine.view(input, memories[0], first.shape());
        OnnxTensor[] views = {one, engine.view(input, memories[1], first.shape())};
        return new CarriedTensor(input, output, first.shape(), memories, views);
    }

    @Override
    public Port input() {
        return input;
    }

    @Override
    public Port output() {
        return output;
    }

    @Override
    public Shape shape() {
        return shape;
    }

    @Override
    public Bindings.Entry source(int phase) {
        return new Bindings.Entry(input.engineName(), views[phase]);
    }

    @Override
    public Bindings.Entry target(int phase) {
        return new Bindings.Entry(output.engineName(), views[1 - phase]);
    }

    /** A copy of what a step of that phase would read. */
    Tensor read(int phase) {
        return Tensor.copyOf(input.dataType(), shape, memories[phase].duplicate());
    }

    @Override
    public void close() {
        views[0].close();
        views[1].close();
    }
}
