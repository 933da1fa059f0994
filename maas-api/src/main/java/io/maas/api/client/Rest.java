package io.maas.api.client;

import io.maas.api.client.Servers.Server;
import io.maas.api.wire.Documents;
import io.maas.api.wire.ErrorCodec;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.DuplicateVersionException;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.Require;
import io.maas.error.Rule;
import io.maas.registry.Change;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Small documents to and from the management of a server, whose refusals become what the same call throws here.
 *
 * <p>Thread-safe.
 */
final class Rest {
    private static final String WHY = "X-Change-Reason";

    /** Of a text that a header could not hold as it is. */
    private static final String ENCODED = "UTF-8''";

    /** A server reads heads of at most 16 KiB. */
    private static final int MAX_WHY = 8 << 10;

    private final Transport transport;
    private final ErrorCodec codec = new ErrorCodec();

    Rest(Transport transport) {
        this.transport = transport;
    }

    Transport transport() {
        return transport;
    }

    /** A part of a path, for names that were checked before. */
    static String part(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /**
     * A part of a path, for what the caller says is the name of something there.
     *
     * @throws ModelNotFoundException if it would be another path; what has such a name nowhere is
     */
    static String id(String name, String what) {
        if (name.isEmpty() || name.equals(".") || name.equals("..")) {
            throw new ModelNotFoundException(
                    "no " + what + " " + Require.quote(name) + " (expected: the name of one that the server has)");
        }
        return part(name);
    }

    <T> T get(String path, Class<T> type) {
        return read(bytes(path), type);
    }

    byte[] bytes(String path) {
        return send(builder(path, Change.unsaid()).GET(), null).body();
    }

    /** Sends a document, or none. */
    <T> T send(String method, String path, @Nullable Object document, Change change, Class<T> type) {
        return send(method, path, document, change, type, null);
    }

    /** As above, to one server. */
    <T> T send(
            String method,
            String path,
            @Nullable Object document,
            Change change,
            Class<T> type,
            @Nullable Server only) {
        byte[] body = document == null ? new byte[0] : Documents.write(document);
        HttpRequest.Builder request = builder(path, change)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofByteArray(body));
        return read(send(request, only).body(), type);
    }

    /** Posts a document to a path that does once what is asked for twice. */
    <T> T sendSafely(String path, Object document, Change change, Class<T> type, Server only) {
        HttpRequest.Builder request = builder(path, change)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(Documents.write(document)));
        return read(send(request, Http.Again.SAFE, only).body(), type);
    }

    HttpRequest.Builder builder(String path, Change change) {
        HttpRequest.Builder request = HttpRequest.newBuilder(transport.at(path));
        if (!change.why().isEmpty()) {
            request.header(WHY, reason(change.why()));
        }
        return request;
    }

    private static String reason(String why) {
        boolean isPlain = why.chars().allMatch(c -> c >= 0x20 && c < 0x7f)
                && !why.startsWith(ENCODED)
                && why.strip().equals(why);
        String text = isPlain ? why : ENCODED + part(why);
        Require.that(
                text.length() <= MAX_WHY,
                "why",
                Require.quote(why),
                "a text that fits a header of " + MAX_WHY + " bytes");
        return text;
    }

    /** Sends a request that is answered with a document. */
    HttpResponse<byte[]> send(HttpRequest.Builder request, @Nullable Server only) {
        return send(request, null, only);
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request, Http.@Nullable Again again, @Nullable Server only) {
        HttpRequest built = request.build();
        HttpResponse<byte[]> answer = Transport.join(transport.send(
                built, BodyHandlers.ofByteArray(), again == null ? Http.again(built.method()) : again, only, null));
        requireOk(answer);
        return answer;
    }

    <T> T read(byte[] body, Class<T> type) {
        try {
            return Documents.read(body, type);
        } catch (InvalidInputException e) {
            throw new MaasException("the server sent something else than was asked for: " + e.getMessage(), e);
        }
    }

    /** Throws what an answer means. */
    void requireOk(HttpResponse<byte[]> answer) {
        if (answer.statusCode() / 100 == 2) {
            return;
        }
        ErrorCodec.WireError told = codec.read(answer.body());
        if (told != null) {
            String message = told.message();
            switch (told.code()) {
                case "invalid_argument" -> throw new IllegalArgumentException(message);
                case "conflict" -> throw new IllegalStateException(message);
                case "duplicate_version" ->
                    throw new DuplicateVersionException(message, number(answer, "X-Existing-Version"));
                case "artifact_rejected" -> throw rejected(message);
                case "other_number" -> throw new OtherNumber(message, number(answer, "X-Next-Version"));
                case "wrong_hash" -> throw new ArtifactRejectedException(message);
                case "part_under_way", "other_offset" -> throw new OtherOffset(message);
                case "no_such_upload" -> throw new MaasException(message);
                default -> transport.requireOk(answer);
            }
        }
        transport.requireOk(answer);
        throw new MaasException("the server answered with status " + answer.statusCode());
    }

    /** What was signed is not the next version. */
    static final class OtherNumber extends MaasException {
        private static final long serialVersionUID = 1L;

        final int next;

        OtherNumber(String message, int next) {
            super(message);
            this.next = next;
        }
    }

    /** A part of an upload does not begin where it should. */
    static final class OtherOffset extends MaasException {
        private static final long serialVersionUID = 1L;

        OtherOffset(String message) {
            super(message);
        }
    }

    private static int number(HttpResponse<byte[]> answer, String header) {
        String text = answer.headers().firstValue(header).orElse("");
        return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 0;
    }

    /** A rule stands at the end of the message, from where the exception takes it to put it there again. */
    private static ArtifactRejectedException rejected(String message) {
        for (Rule rule : Rule.values()) {
            String end = " [" + rule.id() + "]";
            if (message.endsWith(end)) {
                return new ArtifactRejectedException(rule, message.substring(0, message.length() - end.length()));
            }
        }
        return new ArtifactRejectedException(message);
    }

    /** Makes something of a document of the server; that it says what is not is no fault of the caller's. */
    static <T> T made(Supplier<T> making) {
        try {
            return making.get();
        } catch (IllegalArgumentException e) {
            throw new MaasException("the server sent something that cannot be: " + e.getMessage(), e);
        }
    }
}
