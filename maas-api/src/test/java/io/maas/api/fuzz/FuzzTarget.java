package io.maas.api.fuzz;

import com.google.common.collect.ImmutableList;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * A parser, what it is to be given first, and what it may throw. All else that it does with any bytes is a fault of it.
 *
 * @param name a word for the command line
 * @param refusals what its contract says that it throws
 */
public record FuzzTarget(String name, List<byte[]> seeds, List<Class<? extends Exception>> refusals, Parser parser) {
    /** What is done with bytes. */
    public interface Parser {
        void parse(byte[] input) throws Exception;
    }

    @SafeVarargs
    public static FuzzTarget of(
            String name, List<byte[]> seeds, Parser parser, Class<? extends Exception>... refusals) {
        return new FuzzTarget(name, seeds, ImmutableList.copyOf(refusals), parser);
    }

    public static List<byte[]> texts(String... seeds) {
        return Arrays.stream(seeds)
                .map(seed -> seed.getBytes(StandardCharsets.UTF_8))
                .toList();
    }

    /** For parsers of several kinds: the first byte chooses the kind. */
    public static byte[] kind(int kind, byte[] rest) {
        byte[] all = new byte[rest.length + 1];
        all[0] = (byte) kind;
        System.arraycopy(rest, 0, all, 1, rest.length);
        return all;
    }

    /** The kind that the first byte chooses. */
    public static int kind(byte[] input, int kinds) {
        return input.length == 0 ? 0 : (input[0] & 0xff) % kinds;
    }

    /** What stands behind the first byte. */
    public static byte[] rest(byte[] input) {
        return input.length == 0 ? input : Arrays.copyOfRange(input, 1, input.length);
    }

    /**
     * Gives bytes to the parser.
     *
     * @throws AssertionError if it does anything but read or refuse
     */
    public void run(byte[] input) {
        try {
            parser.parse(input);
        } catch (Exception e) {
            if (refusals.stream().noneMatch(each -> each.isInstance(e))) {
                throw new AssertionError(name + " threw what its contract does not say", e);
            }
            String message = e.getMessage();
            if (message == null || message.isBlank()) {
                throw new AssertionError(name + " refused without a word", e);
            }
        }
    }

    @Override
    public String toString() {
        return name;
    }

    /** Every parser of the network. */
    public static List<FuzzTarget> all() {
        return Stream.of(
                        io.maas.api.wire.WireTargets.all(),
                        io.maas.api.server.ServerTargets.all(),
                        io.maas.api.security.SecurityTargets.all(),
                        io.maas.api.job.JobTargets.all())
                .flatMap(List::stream)
                .toList();
    }
}
