package io.maas.text;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.util.passthrough.PassthroughNDManager;
import io.maas.adapter.Adapter;
import io.maas.error.Require;
import io.maas.model.Signature;
import org.jspecify.annotations.Nullable;

/** DJL's translators as adapters: {@code TypedModel.of(model, Translators.adapt(translator, model.signature()))}. */
public final class Translators {
    private Translators() {}

    /**
     * A translator that computes nothing on DJL's arrays, so that no engine of DJL is needed: its arrays can be made of values and read
     * back, and nothing else. Items are stacked here if its batchifier stacks; if it has none or another one, each request holds one
     * item.
     *
     * @param signature of the model: arrays with the name of an input are that input, others are taken in its order; those of an answer
     *     come in its order, with their names
     * @throws IllegalArgumentException if the translator cannot be prepared
     */
    public static <I, O> Adapter<I, O> adapt(Translator<I, O> translator, Signature signature) {
        return new TranslatorAdapter<>(
                prepared(translator, PassthroughNDManager.INSTANCE, null),
                new NamedArrays(signature),
                PassthroughNDManager.INSTANCE);
    }

    /**
     * A translator that computes with an engine of DJL, and that puts items together and takes answers apart itself.
     *
     * @param signature as above
     * @param manager of the engine; stays the caller's, who closes it after the last request
     * @throws IllegalArgumentException if the translator cannot be prepared
     */
    public static <I, O> Adapter<I, O> adapt(Translator<I, O> translator, Signature signature, NDManager manager) {
        return new EngineTranslatorAdapter<>(
                prepared(translator, manager, null), new NamedArrays(signature), manager, null);
    }

    /**
     * A translator that also asks DJL's model for artifacts, properties or its block. Requests are answered by the model that maas
     * serves, not by this one.
     *
     * @param signature as above
     * @param model with the engine whose arrays the translator computes with; stays the caller's, who closes it after the last request
     * @throws IllegalArgumentException if the translator cannot be prepared
     */
    public static <I, O> Adapter<I, O> adapt(Translator<I, O> translator, Signature signature, Model model) {
        NDManager manager = model.getNDManager();
        return new EngineTranslatorAdapter<>(
                prepared(translator, manager, model), new NamedArrays(signature), manager, model);
    }

    private static <I, O> Translator<I, O> prepared(
            Translator<I, O> translator, NDManager manager, @Nullable Model model) {
        try {
            translator.prepare(new Context(manager, manager, model));
            return translator;
        } catch (Exception e) {
            throw new IllegalArgumentException(
                    "translator " + translator.getClass().getName() + " cannot be prepared: " + e
                            + " (expected: one that needs no model of DJL and no engine, unless they are given)",
                    e);
        }
    }

    static String name(Translator<?, ?> translator) {
        String simple = translator.getClass().getSimpleName();
        return "translator "
                + Require.quote(simple.isEmpty() ? translator.getClass().getName() : simple);
    }

    /** As DJL's own, for half-way failures of a translator in processing an answer. */
    static IllegalArgumentException failed(Translator<?, ?> translator, Exception e) {
        Throwable cause = e instanceof TranslateException && e.getCause() != null ? e.getCause() : e;
        return new IllegalArgumentException(name(translator) + ": " + cause.getMessage(), cause);
    }
}
