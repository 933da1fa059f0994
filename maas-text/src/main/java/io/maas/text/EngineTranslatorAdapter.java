package io.maas.text;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.translate.Translator;
import io.maas.adapter.Adapter;
import io.maas.adapter.Encoded;
import io.maas.tensor.Tensors;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whole batches through a translator that computes with an engine; what it makes there lives no longer than each half of a request. */
record EngineTranslatorAdapter<I, O>(
        Translator<I, O> translator,
        NamedArrays arrays,
        NDManager manager,
        @Nullable Model model) implements Adapter<I, O> {
    @Override
    public String name() {
        return Translators.name(translator);
    }

    @Override
    public int most() {
        return translator.getBatchifier() == null ? 1 : Integer.MAX_VALUE;
    }

    @Override
    public Encoded<O> encode(List<I> items) throws Exception {
        boolean batches = translator.getBatchifier() != null;
        try (NDManager own = manager.newSubManager()) {
            Context context = new Context(manager, own, model);
            NDList list = batches
                    ? translator.batchProcessInput(context, items)
                    : translator.processInput(context, items.get(0));
            return new Encoded<>(arrays.tensors(list), outputs -> decode(context, batches, outputs));
        }
    }

    private List<O> decode(Context context, boolean batches, Tensors outputs) {
        try (NDManager own = manager.newSubManager()) {
            Context second = context.with(own);
            NDList list = arrays.arrays(own, outputs);
            return batches
                    ? translator.batchProcessOutput(second, list)
                    : List.of(translator.processOutput(second, list));
        } catch (Exception e) {
            throw Translators.failed(translator, e);
        }
    }
}
