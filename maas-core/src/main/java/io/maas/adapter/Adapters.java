package io.maas.adapter;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import com.google.common.util.concurrent.UncheckedExecutionException;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.model.Artifact;
import io.maas.model.Manifest;
import io.maas.model.Model;
import io.maas.model.Signature;
import io.maas.registry.ModelRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.ExecutionException;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;

/**
 * The adapters on the class path. The only place that looks them up. Those made of late are kept, as a tokenizer takes its time to load:
 * versions that declare the same share one.
 *
 * <p>Thread-safe.
 */
public final class Adapters {
    private static final int KEPT = 16;

    private final List<AdapterProvider> providers;
    private final Cache<Key, Adapter<?, ?>> made =
            CacheBuilder.newBuilder().maximumSize(KEPT).build();

    /** All that an adapter is made of. */
    private record Key(
            Signature signature,
            Map<String, String> tags,
            Map<String, Manifest.FileEntry> files,
            Class<?> input,
            Class<?> output) {
        static Key of(Manifest manifest, Class<?> input, Class<?> output) {
            Map<String, Manifest.FileEntry> beside =
                    Maps.filterKeys(manifest.files(), path -> !Artifact.isModelOrGolden(path));
            return new Key(manifest.signature(), manifest.tags(), ImmutableMap.copyOf(beside), input, output);
        }
    }

    private Adapters(List<AdapterProvider> providers) {
        this.providers = new ArrayList<>(providers);
        this.providers.add(new RowAdapters());
    }

    /** Looks for providers with the class loader that loaded this library, then with that of the calling thread. */
    public static Adapters load() {
        List<AdapterProvider> found = list(Adapters.class.getClassLoader());
        return new Adapters(found.isEmpty() ? list(Thread.currentThread().getContextClassLoader()) : found);
    }

    /** Exactly these, and the one for rows that is always there. */
    public static Adapters of(AdapterProvider... providers) {
        return new Adapters(List.of(providers));
    }

    private static List<AdapterProvider> list(@org.jspecify.annotations.Nullable ClassLoader loader) {
        return ServiceLoader.load(AdapterProvider.class, loader).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    /**
     * The adapter between a model and two types, by what its artifact declares.
     *
     * @param title what to call the model in messages, such as {@code mood:3}
     * @throws InvalidInputException if none fits, naming those that there are
     * @throws io.maas.error.ArtifactRejectedException if what the artifact declares is damaged or contradicts its signature
     */
    public <I, O> Adapter<I, O> find(String title, Artifact artifact, Class<I> input, Class<O> output) {
        try {
            @SuppressWarnings("unchecked") // The key holds both types.
            Adapter<I, O> adapter = (Adapter<I, O>)
                    made.get(Key.of(artifact.manifest(), input, output), () -> make(title, artifact, input, output));
            return adapter;
        } catch (UncheckedExecutionException e) {
            // The one made for the other caller may have failed for both; each gets the failure itself.
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        } catch (ExecutionException e) {
            throw new MaasException("adapter of " + title + " cannot be made: " + e.getCause(), e.getCause());
        }
    }

    /**
     * A model between two types, by what each of its versions declares in a registry.
     *
     * @param answering the version that answers now
     * @throws io.maas.error.ModelNotFoundException if the registry does not hold it
     * @throws InvalidInputException if no adapter fits it, naming those that there are
     * @throws io.maas.error.ArtifactRejectedException if what it declares is damaged or contradicts its signature
     */
    public <I, O> TypedModel<I, O> typed(
            Model model, IntSupplier answering, ModelRegistry registry, Class<I> input, Class<O> output) {
        AdapterSource<I, O> source = new DeclaredAdapters<>(registry, this, model.name(), answering, input, output);
        source.current();
        return TypedModel.of(model, source);
    }

    private <I, O> Adapter<I, O> make(String title, Artifact artifact, Class<I> input, Class<O> output) {
        for (AdapterProvider provider : providers) {
            Optional<Adapter<I, O>> found = provider.find(artifact, input, output);
            if (found.isPresent()) {
                return found.get();
            }
        }
        throw new InvalidInputException(
                "no adapter from " + input.getSimpleName() + " to " + output.getSimpleName()
                        + " fits model " + title + " with inputs "
                        + artifact.signature().inputs() + ", outputs "
                        + artifact.signature().outputs() + ", files "
                        + artifact.manifest().files().keySet() + " and tags "
                        + artifact.manifest().tags()
                        + "; found: "
                        + providers.stream().map(AdapterProvider::offer).collect(Collectors.joining("; "))
                        + "; declare in the artifact what one of them asks for, or add the module with another to the class path");
    }
}
