package io.maas.api.wire;

import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request all of whose inputs are binary data: what its document says, without the data. */
record RequestHead(@Nullable String id, CallParameters parameters, List<Input> inputs, List<RequestedOutput> outputs) {
    RequestHead {
        inputs = List.copyOf(inputs);
    }

    /**
     * One input.
     *
     * @param title for messages
     * @param size of its data, in bytes
     */
    record Input(String name, String title, DataType type, Shape shape, long size) {
        Tensors.Entry read(BinaryCursor binary) {
            return new Tensors.Entry(name, BinaryTensors.decode(title, type, shape, binary.take(title, size)));
        }
    }

    /** The request with the data of a body. */
    InferRequest read(BinaryCursor binary) {
        List<Tensors.Entry> entries = new ArrayList<>(inputs.size());
        for (Input input : inputs) {
            entries.add(input.read(binary));
        }
        return new InferRequest(id, parameters, Tensors.copyOf(entries), outputs);
    }
}
