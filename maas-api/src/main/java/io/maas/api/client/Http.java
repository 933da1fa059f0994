package io.maas.api.client;

import io.maas.api.client.Servers.Server;
import io.maas.model.RequestOptions;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests to one of the servers, and again where that is safe.
 *
 * <p>Thread-safe.
 */
final class Http {
    private static final int UNAVAILABLE = 503;

    private static final int TOO_MANY = 429;
    private static final int BAD_GATEWAY = 502;
    private static final Duration PROBE = Duration.ofSeconds(5);

    /** Longer is as good as forever, and still fits a count of nanoseconds. */
    private static final Duration LONGEST = Duration.ofDays(365);

    /** When a request may be sent a second time. */
    enum Again {
        /** Never. */
        NEVER,
        /** Where nobody has begun with it. */
        UNSTARTED,
        /** Also where it may have been carried out. */
        SAFE
    }

    /** What the network failed with, and at which server. */
    static final class Broken extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient URI server;
        private final Throwable failure;

        Broken(URI server, Throwable failure) {
            super(null, failure, false, false);
            this.server = server;
            this.failure = failure;
        }

        URI server() {
            return server;
        }

        Throwable failure() {
            return failure;
        }
    }

    private final Servers servers;
    private final ClientOptions options;
    private final HttpClient client;

    Http(Servers servers, ClientOptions options) {
        this.servers = servers;
        this.options = options;
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(options.connectTimeout());
        SSLContext tls = Tls.context(options);
        this.client = (tls == null ? builder : builder.sslContext(tls)).build();
    }

    Servers servers() {
        return servers;
    }

    /** One request through all its attempts. */
    private final class Sending<T> {
        private final HttpRequest request;
        private final String path;
        private final BodyHandler<T> handler;
        private final Again again;
        private final @Nullable Server only;
        private final @Nullable RequestOptions call;
        private final long began = System.nanoTime();
        private final Set<Server> tried = new HashSet<>();
        private final CompletableFuture<HttpResponse<T>> result = new CompletableFuture<>();
        private int attempts;

        Sending(
                HttpRequest request,
                BodyHandler<T> handler,
                Again again,
                @Nullable Server only,
                @Nullable RequestOptions call) {
            this.request = request;
            this.path =
                    request.uri().toString().substring(servers.first().base().length());
            this.handler = handler;
            this.again = again;
            this.only = only;
            this.call = call;
        }

        /** How long the next attempt may take, null for as long as it does: what is left to a call, or the client's own bound. */
        private @Nullable Duration left() {
            if (call == null) {
                return options.requestTimeout();
            }
            Duration timeout = call.timeout();
            return timeout == null ? null : timeout.minusNanos(System.nanoTime() - began);
        }

        void attempt() {
            if (result.isDone()) {
                return;
            }
            attempts++;
            Server server = only == null ? servers.next(tried) : only;
            CompletableFuture<HttpResponse<T>> exchange = client.sendAsync(at(server), handler);
            // Cancelling the exchange itself, and nothing else, frees its connection.
            var unused = result.whenComplete((answer, thrown) -> {
                if (result.isCancelled()) {
                    exchange.cancel(true);
                }
            });
            var unusedToo = within(left(), exchange).whenComplete((answer, thrown) -> {
                if (thrown != null) {
                    exchange.cancel(true); // Of use if it was too late.
                    failed(server, Transport.cause(thrown));
                } else {
                    answered(server, answer);
                }
            });
        }

        private HttpRequest at(Server server) {
            HttpRequest.Builder builder =
                    HttpRequest.newBuilder(request, (name, value) -> true).uri(URI.create(server.base() + path));
            if (options.key() != null) {
                builder.setHeader("Authorization", "Bearer " + options.key());
            }
            return builder.build();
        }

        private void failed(Server server, Throwable cause) {
            boolean unstarted = cause instanceof ConnectException || cause instanceof HttpConnectTimeoutException;
            boolean isLate = cause instanceof TimeoutException;
            if (cause instanceof IOException || isLate) {
                servers.failed(server);
            }
            boolean inVain = isLate || Tls.isRefusal(cause);
            boolean may = unstarted
                    ? again != Again.NEVER
                    : again == Again.SAFE && (inVain ? isAnotherLeft() : cause instanceof IOException);
            if (!may || !retry(server, null)) {
                result.completeExceptionally(new Broken(server.uri(), cause));
            }
        }

        /** Beside the one that was tried just now. */
        private boolean isAnotherLeft() {
            return only == null && tried.size() + 1 < servers.size();
        }

        private void answered(Server server, HttpResponse<T> answer) {
            int status = answer.statusCode();
            boolean isDown = status == BAD_GATEWAY || (status == UNAVAILABLE && retryAfter(answer) == null);
            if (isDown) {
                servers.failed(server);
            } else {
                servers.answered(server);
            }
            if (!isWorthAnother(status, answer) || !retry(server, retryAfter(answer))) {
                result.complete(answer);
            }
        }

        private boolean isWorthAnother(int status, HttpResponse<T> answer) {
            return switch (again) {
                case NEVER -> false;
                // Too busy to begin: another server may have room, and this one would not thank for being asked once
                // more.
                case UNSTARTED -> status == UNAVAILABLE && retryAfter(answer) != null && isAnotherLeft();
                case SAFE ->
                    status == UNAVAILABLE
                            || status == BAD_GATEWAY
                            || (status == TOO_MANY && retryAfter(answer) != null);
            };
        }

        /** Whether there will be another attempt. */
        private boolean retry(Server server, @Nullable Duration asked) {
            tried.add(server);
            if (attempts >= Math.max(options.retries().attempts(), only == null ? servers.size() : 1)) {
                return false;
            }
            Duration left = left();
            if (only == null && tried.size() < servers.size() && isLonger(left, Duration.ZERO)) {
                attempt();
                return true;
            }
            Duration pause = pause(asked);
            if (pause == null || !isLonger(left, pause)) {
                return false;
            }
            CompletableFuture.delayedExecutor(pause.toNanos(), TimeUnit.NANOSECONDS)
                    .execute(this::attempt);
            return true;
        }

        private @Nullable Duration pause(@Nullable Duration asked) {
            ClientOptions.Retries retries = options.retries();
            if (asked != null && asked.compareTo(retries.longest()) > 0) {
                return null;
            }
            Duration drawn = retries.pauseAfter(attempts);
            return asked == null || asked.compareTo(drawn) < 0 ? drawn : asked;
        }
    }

    private static boolean isLonger(@Nullable Duration left, Duration than) {
        return left == null || left.compareTo(than) > 0;
    }

    // A copy bears the timeout: cancelling the exchange itself, and nothing else, frees its connection.
    private static <T> CompletableFuture<T> within(@Nullable Duration timeout, CompletableFuture<T> exchange) {
        if (timeout == null) {
            return exchange;
        }
        Duration bounded = isLonger(timeout, LONGEST) ? LONGEST : timeout;
        return exchange.copy().orTimeout(bounded.toNanos(), TimeUnit.NANOSECONDS);
    }

    /**
     * Sends a request.
     *
     * @param request to the first server; it goes to whichever is next
     * @param only the server that it must go to, null for any
     * @param call what was said of a call of a model; null for other requests, each attempt of which has the client's own timeout
     * @return ends with {@link Broken} where there is no answer; cancelling it frees the connection
     */
    <T> CompletableFuture<HttpResponse<T>> send(
            HttpRequest request,
            BodyHandler<T> handler,
            Again again,
            @Nullable Server only,
            @Nullable RequestOptions call) {
        servers.toProbe().ifPresent(this::probe);
        Sending<T> sending = new Sending<>(request, handler, again, only, call);
        sending.attempt();
        return sending.result;
    }

    /** Lets connections and threads go at once where the JDK can, from 21 on; before, when the collector finds the client unused. */
    void close() {
        try {
            HttpClient.class.getMethod("shutdownNow").invoke(client);
        } catch (NoSuchMethodException e) {
            // An older JDK.
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private void probe(Server server) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.base() + "/v2/health/ready"))
                .timeout(PROBE)
                .build();
        var unused = client.sendAsync(request, BodyHandlers.discarding()).whenComplete((answer, thrown) -> {
            if (thrown == null && answer.statusCode() == 200) {
                servers.answered(server);
            } else {
                servers.failed(server);
            }
        });
    }

    static @Nullable Duration retryAfter(HttpResponse<?> response) {
        return response.headers()
                .firstValue("Retry-After")
                .filter(seconds -> seconds.matches("[0-9]{1,9}"))
                .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)))
                .orElse(null);
    }

    /** What may be done with a request of a method. */
    static Again again(String method) {
        return Optional.of(method)
                .filter(Set.of("GET", "HEAD", "PUT")::contains)
                .map(safe -> Again.SAFE)
                .orElse(Again.UNSTARTED);
    }
}
