package io.maas.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.maas.error.Require;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;

/** Between DJL's arrays and tensors, by the names of a signature. */
record NamedArrays(Signature signature) {
    Tensors tensors(NDList arrays) {
        List<String> names = signature.inputs().stream().map(TensorSpec::name).toList();
        Require.that(
                arrays.size() <= names.size(), "arrays", arrays.size(), "at most one for each of the inputs " + names);
        List<Tensors.Entry> entries = new ArrayList<>();
        for (int i = 0; i < arrays.size(); i++) {
            NDArray array = arrays.get(i);
            String name = array.getName() != null && names.contains(array.getName()) ? array.getName() : names.get(i);
            entries.add(new Tensors.Entry(name, tensor(array)));
        }
        return Tensors.copyOf(entries);
    }

    private static Tensor tensor(NDArray array) {
        io.maas.tensor.Shape shape = io.maas.tensor.Shape.of(array.getShape().getShape());
        if (array.getDataType() == ai.djl.ndarray.types.DataType.STRING) {
            return Tensor.of(array.toStringArray()).reshape(shape);
        }
        return Tensor.copyOf(type(array), shape, array.toByteBuffer());
    }

    private static DataType type(NDArray array) {
        String name = array.getDataType().name();
        try {
            return name.equals("BOOLEAN") ? DataType.BOOL : DataType.valueOf(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("array of " + name + " (expected: a type that ONNX has)", e);
        }
    }

    NDList arrays(NDManager manager, Tensors outputs) {
        NDList list = new NDList();
        for (Tensors.Entry output : outputs) {
            NDArray array = array(manager, output.tensor());
            array.setName(output.name());
            list.add(array);
        }
        return list;
    }

    private static NDArray array(NDManager manager, Tensor tensor) {
        Shape shape = new Shape(tensor.shape().toArray());
        if (tensor.dataType() == DataType.STRING) {
            return manager.create(tensor.strings().toArray(new String[0]), shape);
        }
        String name = tensor.dataType() == DataType.BOOL
                ? "BOOLEAN"
                : tensor.dataType().name();
        return manager.create(tensor.bytes(), shape, ai.djl.ndarray.types.DataType.valueOf(name));
    }
}
