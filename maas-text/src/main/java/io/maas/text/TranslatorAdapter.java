package io.maas.text;

import ai.djl.ndarray.NDManager;
import ai.djl.translate.StackBatchifier;
import ai.djl.translate.Translator;
import io.maas.adapter.Adapter;
import io.maas.adapter.Encoded;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Item by item through a translator, stacked here. */
record TranslatorAdapter<I, O>(Translator<I, O> translator, NamedArrays arrays, NDManager manager)
        implements Adapter<I, O> {
    @Override
    public String name() {
        return Translators.name(translator);
    }

    /** A batchifier of another kind is one of a translator's own, which needs an engine. */
    private boolean stacks() {
        return translator.getBatchifier() != null && translator.getBatchifier().getClass() == StackBatchifier.class;
    }

    @Override
    public int most() {
        return stacks() ? Integer.MAX_VALUE : 1;
    }

    @Override
    public Encoded<O> encode(List<I> items) throws Exception {
        boolean stacks = stacks();
        List<Context> contexts = new ArrayList<>();
        List<Tensors> inputs = new ArrayList<>();
        for (I item : items) {
            Context context = new Context(manager, manager, null);
            Tensors one = arrays.tensors(translator.processInput(context, item));
            contexts.add(context);
            inputs.add(stacks ? withRowAxis(one) : one);
        }
        return new Encoded<>(Tensors.concat(inputs), outputs -> decode(contexts, stacks, outputs));
    }

    private List<O> decode(List<Context> contexts, boolean stacks, Tensors outputs) {
        List<O> values = new ArrayList<>();
        for (int row = 0; row < contexts.size(); row++) {
            Tensors own = stacks ? withoutRowAxis(outputs.rows(row, row + 1)) : outputs;
            try {
                values.add(translator.processOutput(contexts.get(row), arrays.arrays(manager, own)));
            } catch (Exception e) {
                throw Translators.failed(translator, e);
            }
        }
        return values;
    }

    private static Tensors withRowAxis(Tensors item) {
        return reshaped(item, shape -> {
            long[] sizes = new long[shape.length + 1];
            sizes[0] = 1;
            System.arraycopy(shape, 0, sizes, 1, shape.length);
            return sizes;
        });
    }

    private static Tensors withoutRowAxis(Tensors row) {
        return reshaped(row, shape -> Arrays.copyOfRange(shape, 1, shape.length));
    }

    private static Tensors reshaped(Tensors tensors, java.util.function.UnaryOperator<long[]> sizes) {
        List<Tensors.Entry> entries = new ArrayList<>();
        for (Tensors.Entry entry : tensors) {
            Tensor tensor = entry.tensor();
            entries.add(new Tensors.Entry(
                    entry.name(),
                    tensor.reshape(Shape.of(sizes.apply(tensor.shape().toArray())))));
        }
        return Tensors.copyOf(entries);
    }
}
