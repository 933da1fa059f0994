package io.maas.store.s3;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * A network between a client and an object store, which does to requests what networks do. Writes under a condition go through it
 * one by one, as the store behind it checks the condition of an If-Match before it writes and not while it does.
 */
final class Gateway implements AutoCloseable {
    private static final Set<String> NOT_FORWARDED =
            Set.of("host", "content-length", "expect", "connection", "transfer-encoding", "date");

    /** What becomes of a request. */
    enum Fault {
        NONE,
        /** It arrives, its answer does not. */
        LOST_ANSWER,
        /** It does not arrive. */
        LOST_REQUEST,
        /** It arrives twice; the second answer counts. */
        TWICE,
        /** It arrives, and once more when {@link #deliver} is called. */
        LATE,
        /** The store is at a loss. */
        ERROR,
        /** The store is overloaded. */
        SLOW_DOWN,
        /** The answer breaks off in the middle. */
        CUT_ANSWER
    }

    /** @param path without the bucket */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    record Request(String method, String path, String query, Headers headers, byte[] body) {
        boolean isConditionalPut() {
            return method.equals("PUT") && (headers.containsKey("If-match") || headers.containsKey("If-none-match"));
        }

        boolean isWrite() {
            return !method.equals("GET") && !method.equals("HEAD");
        }
    }

    static {
        System.setProperty("sun.net.httpserver.nodelay", "true");
        System.setProperty("jdk.httpclient.allowRestrictedHeaders", "connection");
    }

    private final URI store;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Queue<Request> late = new ConcurrentLinkedQueue<>();
    private final AtomicLong count = new AtomicLong();
    private final Object conditions = new Object();
    private volatile Function<Request, Fault> faults = request -> Fault.NONE;

    Gateway(URI store) throws IOException {
        this.store = store;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** What becomes of requests from now on. */
    void faults(Function<Request, Fault> plan) {
        faults = plan;
    }

    /** The first so many requests of those that are meant get a fault, the others do not. */
    void fault(Fault fault, int times, Function<Request, Boolean> which) {
        AtomicLong left = new AtomicLong(times);
        faults(request -> which.apply(request) && left.getAndDecrement() > 0 ? fault : Fault.NONE);
    }

    /** Every third request gets a fault. */
    void faultNowAndThen(Fault fault) {
        AtomicLong requests = new AtomicLong();
        faults(request -> requests.incrementAndGet() % 3 == 0 ? fault : Fault.NONE);
    }

    /** How many requests have come. */
    long count() {
        return count.get();
    }

    /** Delivers what is late. */
    int deliver() throws IOException {
        int delivered = 0;
        for (Request request = late.poll(); request != null; request = late.poll()) {
            forward(request);
            delivered++;
        }
        return delivered;
    }

    private void handle(HttpExchange exchange) throws IOException {
        count.incrementAndGet();
        try (exchange) {
            URI uri = exchange.getRequestURI();
            Headers headers = new Headers();
            headers.putAll(exchange.getRequestHeaders());
            Request request = new Request(
                    exchange.getRequestMethod(),
                    uri.getRawPath(),
                    uri.getRawQuery() == null ? "" : uri.getRawQuery(),
                    headers,
                    exchange.getRequestBody().readAllBytes());
            answer(exchange, request, faults.apply(request));
        }
    }

    private void answer(HttpExchange exchange, Request request, Fault fault) throws IOException {
        switch (fault) {
            case NONE -> send(exchange, forward(request), false);
            case LOST_ANSWER -> forward(request);
            case LOST_REQUEST -> {}
            case TWICE -> {
                forward(request);
                send(exchange, forward(request), false);
            }
            case LATE -> {
                send(exchange, forward(request), false);
                late.add(request);
            }
            case ERROR -> refuse(exchange, 500, "InternalError");
            case SLOW_DOWN -> refuse(exchange, 503, "SlowDown");
            case CUT_ANSWER -> send(exchange, forward(request), true);
        }
    }

    private static void refuse(HttpExchange exchange, int status, String code) throws IOException {
        byte[] body = ("<Error><Code>" + code + "</Code><Message>injected</Message></Error>")
                .getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }

    private HttpResponse<byte[]> forward(Request request) throws IOException {
        if (!request.isConditionalPut()) {
            return send(request);
        }
        synchronized (conditions) {
            return send(request);
        }
    }

    private HttpResponse<byte[]> send(Request request) throws IOException {
        HttpRequest.Builder builder = HttpRequest.newBuilder(
                        store.resolve(request.path() + (request.query().isEmpty() ? "" : "?" + request.query())))
                .method(request.method(), HttpRequest.BodyPublishers.ofByteArray(request.body()));
        request.headers().forEach((name, values) -> {
            if (!NOT_FORWARDED.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> builder.header(name, value));
            }
        });
        // One that was kept open may be closed by the store as the next request is sent, which is no fault that was
        // asked for.
        builder.header("Connection", "close");
        try {
            return client.send(builder.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private static void send(HttpExchange exchange, HttpResponse<byte[]> response, boolean cut) throws IOException {
        byte[] body = response.body();
        response.headers().map().forEach((name, values) -> {
            if (!NOT_FORWARDED.contains(name)) {
                exchange.getResponseHeaders().put(name, List.copyOf(values));
            }
        });
        boolean head = exchange.getRequestMethod().equals("HEAD");
        if (head) {
            response.headers()
                    .firstValue("content-length")
                    .ifPresent(length -> exchange.getResponseHeaders().set("Content-length", length));
        }
        exchange.sendResponseHeaders(response.statusCode(), head || body.length == 0 ? -1 : body.length);
        if (!head && body.length > 0) {
            exchange.getResponseBody().write(body, 0, cut ? body.length / 2 : body.length);
        }
        if (cut) {
            throw new UncheckedIOException(new IOException("cut on purpose"));
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
