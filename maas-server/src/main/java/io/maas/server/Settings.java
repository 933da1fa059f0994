package io.maas.server;

import io.maas.error.Require;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/**
 * Where an option's value comes from if it is not given as a flag: {@code --max-body-bytes} from the environment's {@code
 * MAAS_MAX_BODY_BYTES}, or else from {@code max-body-bytes} in the file that {@code --config} or {@code MAAS_CONFIG} names.
 */
final class Settings implements IDefaultValueProvider {
    static final String CONFIG = "--config";

    private final Map<String, String> environment;
    private final Properties file = new Properties();
    private @Nullable Path path;

    /**
     * Those of the environment and of the file.
     *
     * @param arguments all that were given, of which the file's name is looked for before the others are read
     * @throws IllegalArgumentException if the file cannot be read
     */
    Settings(Map<String, String> environment, String... arguments) {
        this.environment = environment;
        String named = environment.get(variable(CONFIG));
        for (int i = 0; i < arguments.length; i++) {
            if (arguments[i].startsWith(CONFIG + "=")) {
                named = arguments[i].substring(CONFIG.length() + 1);
            } else if (arguments[i].equals(CONFIG) && i + 1 < arguments.length) {
                named = arguments[i + 1];
            }
        }
        if (named != null) {
            path = Path.of(named);
            try (Reader reader = Files.newBufferedReader(path)) {
                file.load(reader);
            } catch (IOException | IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "cannot read " + path + ": " + words(path, e) + " (expected: a file of properties)", e);
            }
        }
    }

    private static String words(Path path, Exception e) {
        if (Files.isDirectory(path)) {
            return "it is a folder";
        }
        if (e instanceof NoSuchFileException) {
            return "it is not there";
        }
        if (e instanceof AccessDeniedException) {
            return "no permission";
        }
        return e instanceof CharacterCodingException ? "it is not UTF-8" : String.valueOf(e.getMessage());
    }

    private static String variable(String option) {
        return "MAAS_" + key(option).replace('-', '_').toUpperCase(Locale.ROOT);
    }

    private static String key(String option) {
        return option.substring(2);
    }

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option)) {
            return null;
        }
        String set = environment.get(variable(option.longestName()));
        return set == null ? file.getProperty(key(option.longestName())) : set;
    }

    /** Where the value of an option came from, for people. */
    String origin(OptionSpec option, boolean isFlag) {
        if (isFlag) {
            return "flag";
        }
        if (environment.containsKey(variable(option.longestName()))) {
            return variable(option.longestName());
        }
        return file.containsKey(key(option.longestName())) ? String.valueOf(path) : "default";
    }

    /**
     * Refuses what is set in the file and means nothing, since it would be taken for set.
     *
     * @param known the options' names
     */
    void requireKnown(Iterable<String> known) {
        java.util.Set<String> keys = new java.util.TreeSet<>();
        known.forEach(name -> keys.add(key(name)));
        for (String found : file.stringPropertyNames()) {
            if (!keys.contains(found)) {
                throw new TypeConversionException(
                        path + ": no setting " + Require.quote(found) + " (expected: one of " + keys + ")");
            }
        }
    }
}
