package io.maas.serving;

import io.maas.model.LengthPadding;
import io.maas.model.Signature;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Brings requests to one length along the axis of a {@link LengthPadding}, and cuts their outputs back. */
final class Padder {
    private final LengthPadding padding;

    Padder(LengthPadding padding) {
        this.padding = padding;
    }

    /** The request with its mask, where the mask was left out. */
    Tensors withMask(Tensors inputs, Signature signature) {
        String mask = padding.mask();
        if (mask == null || inputs.find(mask) != null) {
            return inputs;
        }
        DataType type = signature.inputs().stream()
                .filter(spec -> spec.name().equals(mask))
                .findFirst()
                .orElseThrow()
                .dataType();
        for (Tensors.Entry entry : inputs) {
            if (padding.values().containsKey(entry.name())
                    && entry.tensor().shape().rank() > padding.axis()) {
                Shape shape = Shape.of(Arrays.copyOf(entry.tensor().shape().toArray(), padding.axis() + 1));
                double[] ones = new double[Math.toIntExact(shape.elements())];
                Arrays.fill(ones, 1);
                List<Tensors.Entry> entries = new ArrayList<>();
                inputs.forEach(entries::add);
                entries.add(new Tensors.Entry(mask, Tensor.of(type, ones, shape)));
                return Tensors.copyOf(entries);
            }
        }
        return inputs;
    }

    private boolean isPadded(Tensors.Entry entry) {
        return padding.values().containsKey(entry.name());
    }

    /** The request with how long each of its rows is. */
    Tensors withLengths(Tensors inputs, String name, long length) {
        long[] lengths = new long[Math.toIntExact(Request.rows(inputs))];
        Arrays.fill(lengths, length);
        List<Tensors.Entry> entries = new ArrayList<>(inputs.size() + 1);
        inputs.forEach(entries::add);
        entries.add(new Tensors.Entry(name, Tensor.of(lengths)));
        return Tensors.copyOf(entries);
    }

    /** The request's size along the axis. */
    long length(Tensors inputs) {
        for (Tensors.Entry entry : inputs) {
            if (isPadded(entry)) {
                return entry.tensor().shape().size(padding.axis());
            }
        }
        return 0;
    }

    /** The requests, all as long as the longest. */
    List<Tensors> fill(List<Tensors> requests) {
        long longest = 0;
        for (Tensors request : requests) {
            longest = Math.max(longest, length(request));
        }
        List<Tensors> filled = new ArrayList<>(requests.size());
        for (Tensors request : requests) {
            filled.add(length(request) == longest ? request : fill(request, longest));
        }
        return filled;
    }

    private Tensors fill(Tensors request, long length) {
        List<Tensors.Entry> entries = new ArrayList<>(request.size());
        for (Tensors.Entry entry : request) {
            Double value = padding.values().get(entry.name());
            entries.add(value == null ? entry : new Tensors.Entry(entry.name(), resize(entry.tensor(), length, value)));
        }
        return Tensors.copyOf(entries);
    }

    /** The output of each request, as long as the request was. */
    List<Tensors> cut(List<Tensors> requests, List<Tensors> answers) {
        List<Tensors> cut = new ArrayList<>(answers.size());
        for (int i = 0; i < answers.size(); i++) {
            cut.add(cut(answers.get(i), length(requests.get(i))));
        }
        return cut;
    }

    private Tensors cut(Tensors answer, long length) {
        List<Tensors.Entry> entries = new ArrayList<>(answer.size());
        for (Tensors.Entry entry : answer) {
            entries.add(
                    padding.outputs().contains(entry.name())
                            ? new Tensors.Entry(entry.name(), resize(entry.tensor(), length, 0))
                            : entry);
        }
        return Tensors.copyOf(entries);
    }

    /** The tensor with another size along the axis, filled up or cut at the end; a view where it is cut and has one row. */
    private Tensor resize(Tensor tensor, long length, double value) {
        int axis = padding.axis();
        long[] sizes = tensor.shape().toArray();
        if (sizes[axis] == length) {
            return tensor;
        }
        long outer = 1;
        for (int i = 0; i < axis; i++) {
            outer *= sizes[i];
        }
        long inner = 1;
        for (int i = axis + 1; i < sizes.length; i++) {
            inner *= sizes[i];
        }
        long before = sizes[axis];
        sizes[axis] = length;
        Shape shape = Shape.of(sizes);
        Tensor blocks = tensor.reshape(Shape.of(outer * before, inner));
        if (outer == 1 && length < before) {
            return blocks.rows(0, length).reshape(shape);
        }
        Tensor filler = length > before
                ? Tensor.of(
                        tensor.dataType(), constant((length - before) * inner, value), Shape.of(length - before, inner))
                : blocks.rows(0, 0);
        List<Tensor> pieces = new ArrayList<>();
        for (long i = 0; i < outer; i++) {
            pieces.add(blocks.rows(i * before, i * before + Math.min(before, length)));
            pieces.add(filler);
        }
        return Tensor.concat(pieces).reshape(shape);
    }

    private static double[] constant(long size, double value) {
        double[] values = new double[Math.toIntExact(size)];
        Arrays.fill(values, value);
        return values;
    }
}
