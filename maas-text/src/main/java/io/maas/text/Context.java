package io.maas.text;

import ai.djl.Model;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.translate.TranslatorContext;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a translator sees of its surroundings; what it attaches while it reads an item is there when it reads the answer. */
final class Context implements TranslatorContext {
    private final NDManager shared;
    private final NDManager own;
    private final @Nullable Model model;
    private final Map<String, @Nullable Object> attachments;

    private Context(NDManager shared, NDManager own, @Nullable Model model, Map<String, @Nullable Object> attachments) {
        this.shared = shared;
        this.own = own;
        this.model = model;
        this.attachments = attachments;
    }

    /**
     * @param shared for arrays that stay
     * @param own for arrays of this use
     * @param model of DJL, which translators may ask for artifacts and properties; null if none was given
     */
    Context(NDManager shared, NDManager own, @Nullable Model model) {
        this(shared, own, model, new HashMap<>());
    }

    /** For the answer. */
    Context with(NDManager other) {
        return new Context(shared, other, model, attachments);
    }

    /** @throws IllegalStateException if none was given */
    @Override
    public Model getModel() {
        if (model == null) {
            throw new IllegalStateException(
                    "no model of DJL stands behind this translator (expected: one that reads only its"
                            + " items and the arrays of answers); give the model to Translators.adapt, or use another translator");
        }
        return model;
    }

    /** @throws IllegalStateException if no model was given */
    @Override
    public Block getBlock() {
        return getModel().getBlock();
    }

    @Override
    public NDManager getNDManager() {
        return own;
    }

    @Override
    public NDManager getPredictorManager() {
        return shared;
    }

    @Override
    public Metrics getMetrics() {
        return new Metrics();
    }

    @Override
    public @Nullable Object getAttachment(String key) {
        return attachments.get(key);
    }

    @Override
    public void setAttachment(String key, @Nullable Object value) {
        attachments.put(key, value);
    }

    /** Whoever made the managers closes them. */
    @Override
    public void close() {}
}
