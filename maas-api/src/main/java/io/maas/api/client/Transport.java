package io.maas.api.client;

import com.google.common.base.Ticker;
import io.maas.api.client.Servers.Server;
import io.maas.api.wire.ErrorCodec;
import io.maas.api.wire.Message;
import io.maas.error.DeadlineExceededException;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.error.ModelNotFoundException;
import io.maas.error.OverloadedException;
import io.maas.error.QuotaExceededException;
import io.maas.model.RequestOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Requests and answers over HTTP, with failures in this library's exceptions.
 *
 * <p>Thread-safe.
 */
final class Transport implements AutoCloseable {
    /** More than any error of this server's has. */
    private static final int MAX_ERROR = 64 << 10;

    private final URI server;
    private final String base;
    private final ClientOptions options;
    private final Http http;
    private final ErrorCodec codec = new ErrorCodec();
    private final Map<Long, CompletableFuture<?>> underWay = new ConcurrentHashMap<>();
    /** Answers that come bit by bit and have not come to their end. */
    private final Set<Incoming> streams = ConcurrentHashMap.newKeySet();

    private final AtomicLong requests = new AtomicLong();
    private volatile boolean closed;

    Transport(List<URI> addresses, ClientOptions options) {
        Servers servers = new Servers(addresses, Ticker.systemTicker());
        this.server = servers.first().uri();
        this.base = servers.first().base();
        this.options = options;
        this.http = new Http(servers, options);
    }

    ClientOptions options() {
        return options;
    }

    Servers servers() {
        return http.servers();
    }

    /** Where a path is; the request may go to another server. */
    URI at(String path) {
        return URI.create(base + path);
    }

    /** Asks once, as an answer that says no is one. */
    CompletableFuture<HttpResponse<byte[]>> probe(String path) {
        HttpRequest request = HttpRequest.newBuilder(at(path)).build();
        return send(request, BodyHandlers.ofByteArray(), Http.Again.NEVER, null, null);
    }

    CompletableFuture<HttpResponse<byte[]>> get(String path) {
        return send(HttpRequest.newBuilder(URI.create(base + path)), null);
    }

    /**
     * Posts a message.
     *
     * @param call what was said of a call of a model, null if it is none
     */
    CompletableFuture<HttpResponse<byte[]>> post(String path, Message message, @Nullable RequestOptions call) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).POST(BodyPublishers.ofByteArray(message.bytes()));
        if (message.isBinary()) {
            request.header("Content-Type", "application/octet-stream")
                    .header(Message.HEADER, Integer.toString(message.headerLength()));
        } else {
            request.header("Content-Type", "application/json");
        }
        return send(request, call);
    }

    /**
     * Any other request.
     *
     * @param type the content type; null where there is no body
     */
    CompletableFuture<HttpResponse<byte[]>> send(
            String method, String path, @Nullable String type, HttpRequest.BodyPublisher body) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(base + path)).method(method, body);
        return send(type == null ? request : request.header("Content-Type", type), null);
    }

    /**
     * An answer that comes bit by bit; only errors are read to their end.
     *
     * @param after the event behind which to go on; null for the first
     */
    HttpResponse<InputStream> stream(String path, @Nullable String after) {
        requireOpen();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path));
        if (after != null) {
            request.header("Last-Event-ID", after);
        }
        return stream(request.build());
    }

    /** As above, of any request that may be sent twice. The stream ends with this client, and with an interruption of who reads it. */
    HttpResponse<InputStream> stream(HttpRequest request) {
        return join(send(request, info -> new Incoming(streams), Http.Again.SAFE, null, null));
    }

    /** Throws what an answer that comes bit by bit means, if it is an error. */
    void requireStream(HttpResponse<InputStream> answer) {
        if (answer.statusCode() == 200 || answer.statusCode() == 204) {
            return;
        }
        try (InputStream body = answer.body()) {
            throw refusal(answer.statusCode(), body.readNBytes(MAX_ERROR), Http.retryAfter(answer));
        } catch (IOException e) {
            throw failure(e, null);
        }
    }

    private CompletableFuture<HttpResponse<byte[]>> send(HttpRequest.Builder request, @Nullable RequestOptions call) {
        HttpRequest built = request.build();
        return send(built, BodyHandlers.ofByteArray(), Http.again(built.method()), null, call);
    }

    /**
     * Sends a request, and again where that is safe.
     *
     * @param only the server that it must go to, null for any
     * @param call what was said of a call of a model, null for other requests, which have the client's own timeout
     */
    <T> CompletableFuture<HttpResponse<T>> send(
            HttpRequest request,
            BodyHandler<T> handler,
            Http.Again again,
            @Nullable Server only,
            @Nullable RequestOptions call) {
        requireOpen();
        long number = requests.incrementAndGet();
        CompletableFuture<HttpResponse<T>> exchange = http.send(request, handler, again, only, call);
        underWay.put(number, exchange);
        if (closed) {
            exchange.cancel(true);
        }
        return then(exchange, (response, thrown) -> {
            underWay.remove(number);
            if (thrown == null) {
                return response;
            }
            throw failure(thrown, call);
        });
    }

    /**
     * What is made of the end of something. Unlike what futures make of themselves, it fails with exactly what was thrown, and who gives it
     * up gives up that of which it is made.
     */
    static <S, T> CompletableFuture<T> then(CompletableFuture<S> source, BiFunction<S, @Nullable Throwable, T> end) {
        CompletableFuture<T> made = new CompletableFuture<>();
        var unused = source.whenComplete((value, thrown) -> {
            try {
                made.complete(end.apply(value, thrown == null ? null : cause(thrown)));
            } catch (Throwable t) {
                made.completeExceptionally(t);
            }
        });
        var unusedToo = made.whenComplete((value, thrown) -> {
            if (made.isCancelled()) {
                source.cancel(true);
            }
        });
        return made;
    }

    private RuntimeException failure(Throwable thrown, @Nullable RequestOptions call) {
        if (closed) {
            return closed();
        }
        URI server = thrown instanceof Http.Broken broken ? broken.server() : this.server;
        Throwable cause = thrown instanceof Http.Broken broken ? broken.failure() : thrown;
        if (cause instanceof TimeoutException) {
            return new DeadlineExceededException(
                    "no answer from " + server + " within "
                            + (call == null ? options.requestTimeout() : call.timeout())
                            + "; allow more time or send less",
                    cause);
        }
        if (Tls.isRefusal(cause)) {
            return Tls.refusal(server, cause);
        }
        if (cause instanceof ConnectException || cause instanceof java.net.http.HttpConnectTimeoutException) {
            return new MaasException(
                    "cannot connect to " + server + " (expected: a server there); start it or mend the address", cause);
        }
        if (cause instanceof IOException || cause instanceof CancellationException) {
            return new MaasException(
                    "connection to " + server + " broke before the answer was complete (expected: an answer);"
                            + " whether the request was carried out is not known",
                    cause);
        }
        return unchecked(cause);
    }

    /** Throws what an answer other than 200 means. */
    void requireOk(HttpResponse<byte[]> answer) {
        int status = answer.statusCode();
        if (status == 200) {
            return;
        }
        throw refusal(status, answer.body(), Http.retryAfter(answer));
    }

    private RuntimeException refusal(int status, byte[] body, @Nullable Duration retryAfter) {
        ErrorCodec.WireError told = codec.read(body);
        String message = told == null ? server + " answered with status " + status : told.message();
        return switch (status) {
            case 400, 413, 415 -> new InvalidInputException(message);
            case 404 -> new ModelNotFoundException(message);
            case 504 -> new DeadlineExceededException(message);
            case 429 -> new QuotaExceededException(message, retryAfter == null ? Duration.ZERO : retryAfter);
            default ->
                status == 503 && retryAfter != null
                        ? new OverloadedException(message, retryAfter)
                        : new MaasException(server + " failed with status " + status + ": " + message);
        };
    }

    /** Reads an answer that may have binary data. */
    <T> T readMessage(HttpResponse<byte[]> answer, Function<Message, T> reader) {
        String header = answer.headers().firstValue(Message.HEADER).orElse(null);
        return read(answer, body -> reader.apply(header == null ? Message.json(body) : Message.of(body, header)));
    }

    /** Reads a document of the server; that it cannot be read is no fault of the caller's input. */
    <T> T read(HttpResponse<byte[]> answer, Function<byte[], T> reader) {
        try {
            return reader.apply(answer.body());
        } catch (InvalidInputException e) {
            throw new MaasException(
                    server + " sent something else than the Open Inference Protocol: " + e.getMessage(), e);
        }
    }

    void requireOpen() {
        if (closed) {
            throw closed();
        }
    }

    private IllegalStateException closed() {
        return new IllegalStateException("client of " + server + " is closed (expected: open); connect again to go on");
    }

    @Override
    public void close() {
        closed = true;
        underWay.values().forEach(exchange -> exchange.cancel(true));
        streams.forEach(Incoming::close);
        http.close();
    }

    /** Waits for a future and throws what it ends with. */
    static <T> T join(CompletableFuture<T> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            throw unchecked(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            future.cancel(true);
            throw interrupted(e);
        }
    }

    /** What who waits is told where its thread is interrupted. */
    static MaasException interrupted(Exception e) {
        return new MaasException("interrupted while waiting for an answer", e);
    }

    static Throwable cause(Throwable thrown) {
        boolean wraps = thrown instanceof CompletionException || thrown instanceof ExecutionException;
        return wraps && thrown.getCause() != null ? thrown.getCause() : thrown;
    }

    static RuntimeException unchecked(Throwable thrown) {
        Throwable cause = cause(thrown);
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof RuntimeException runtime ? runtime : new MaasException(String.valueOf(cause), cause);
    }
}
