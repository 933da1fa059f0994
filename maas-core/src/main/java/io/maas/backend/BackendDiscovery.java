package io.maas.backend;

import io.maas.error.BackendException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a class loader offers as backends: those that can be made, and why the others cannot. One that is broken keeps no other one
 * out.
 *
 * @param providers classes that were found; none is made yet
 * @param failures named by their class, or by their entry in a service file
 */
record BackendDiscovery(List<ServiceLoader.Provider<Backend>> providers, List<BackendException> failures) {
    /** In what ServiceLoader says of an entry that it cannot use. */
    private static final Pattern ENTRY = Pattern.compile("(?:Provider |: )([\\w.$]+) (?:not|could)");

    /** Looks without making anything: no code of a backend runs. */
    static BackendDiscovery in(@Nullable ClassLoader loader) {
        List<ServiceLoader.Provider<Backend>> providers = new ArrayList<>();
        List<BackendException> failures = new ArrayList<>();
        Iterator<ServiceLoader.Provider<Backend>> each =
                ServiceLoader.load(Backend.class, loader).stream().iterator();
        String last = "";
        while (true) {
            try {
                if (!each.hasNext()) {
                    break;
                }
                providers.add(each.next());
            } catch (ServiceConfigurationError | LinkageError e) {
                // The iterator goes on behind what it could not read; where it cannot, it says the same again.
                if (String.valueOf(e.getMessage()).equals(last)) {
                    break;
                }
                last = String.valueOf(e.getMessage());
                failures.add(failure(entry(e), e));
            }
        }
        return new BackendDiscovery(List.copyOf(providers), List.copyOf(failures));
    }

    /** The class that a service file names, or the words of the error where it cannot be told. */
    private static String entry(Throwable failure) {
        String text = String.valueOf(failure.getMessage());
        Matcher entry = ENTRY.matcher(text);
        return entry.find() ? entry.group(1) : text;
    }

    /** Makes them; what cannot be made joins the failures. */
    List<Backend> make(List<BackendException> failed) {
        List<Backend> made = new ArrayList<>();
        failed.addAll(failures);
        for (ServiceLoader.Provider<Backend> provider : providers) {
            try {
                Backend backend = provider.get();
                // What it is found and ordered by is to work too.
                if (backend.name().isEmpty() || backend.priority() == Integer.MIN_VALUE) {
                    throw new IllegalStateException("name: \"" + backend.name() + "\", priority: " + backend.priority()
                            + " (expected: a name, and a priority above the lowest number)");
                }
                made.add(backend);
            } catch (RuntimeException | ServiceConfigurationError | LinkageError e) {
                failed.add(failure(provider.type().getName(), e));
            }
        }
        return made;
    }

    private static BackendException failure(String type, Throwable cause) {
        Throwable root = cause;
        if (cause instanceof ServiceConfigurationError && cause.getCause() != null) {
            root = cause.getCause();
        }
        return new BackendException(
                type,
                "cannot be made: " + root + "; mend its artifact or take it off the class path; io.maas.backend.Doctor"
                        + " tells more",
                root);
    }
}
