package io.maas.api.wire;

import org.jspecify.annotations.Nullable;

/**
 * An output that a request asks for.
 *
 * <p>Immutable and thread-safe.
 *
 * @param binary whether it is to be sent as binary data, null for what the request says of all outputs
 * @param classes how many of the highest values are to be sent in words, as {@code value:index:label}; 0 for the values themselves
 */
public record RequestedOutput(String name, @Nullable Boolean binary, int classes) {
    public static RequestedOutput of(String name) {
        return new RequestedOutput(name, null, 0);
    }

    /**
     * With one more parameter as it came; what is not known means nothing.
     *
     * @param title what to call this output in messages
     * @param value as of {@link CallParameters#with}
     * @throws io.maas.error.InvalidInputException if it is of the wrong kind or out of its range
     */
    public RequestedOutput with(String title, String parameter, Object value) {
        String what = title + ".parameters." + parameter;
        return switch (parameter) {
            case "binary_data" -> new RequestedOutput(name, ParameterReader.truth(what, value), classes);
            case "classification" -> {
                long count = ParameterReader.integer(what, value);
                if (count < 0) {
                    throw JsonBody.unexpected(what, "how many classes, 0 for the values themselves");
                }
                yield new RequestedOutput(name, binary, (int) Math.min(count, Integer.MAX_VALUE));
            }
            default -> this;
        };
    }
}
