package io.maas.adapter;

import io.maas.model.Artifact;
import java.util.Optional;

/**
 * Makes adapters from what artifacts declare: files such as a tokenizer, and tags. {@link java.util.ServiceLoader} finds it by a line in
 * {@code META-INF/services/io.maas.adapter.AdapterProvider}.
 *
 * <p>Implementations are thread-safe and have a public constructor without parameters.
 */
public interface AdapterProvider {
    /**
     * What it reads from which declarations, for messages to those who look for an adapter; such as {@code text (String to Label, for
     * artifacts with tokenizer.json and labels.txt)}.
     */
    String offer();

    /**
     * An adapter between a model and two types, or nothing if this provider has none for such types or such an artifact.
     *
     * @throws io.maas.error.ArtifactRejectedException if what the artifact declares for this provider is damaged or contradicts its
     *     signature
     */
    <I, O> Optional<Adapter<I, O>> find(Artifact artifact, Class<I> input, Class<O> output);
}
