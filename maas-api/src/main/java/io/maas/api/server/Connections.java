package io.maas.api.server;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.Http1xServerConnection;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * All connections of a server: no more than it can bear, and none that takes its time to say what it wants.
 *
 * <p>Thread-safe.
 */
final class Connections {
    private final int max;
    private final Duration headTimeout;
    private final AtomicInteger open = new AtomicInteger();

    Connections(ServerLimits limits) {
        this.max = limits.maxConnections();
        this.headTimeout = limits.requestTimeout();
    }

    int open() {
        return open.get();
    }

    /** Counts a connection, or closes it if there are too many. */
    void opened(HttpConnection connection) {
        if (open.incrementAndGet() > max) {
            open.decrementAndGet();
            connection.close();
            return;
        }
        connection.closeHandler(closed -> open.decrementAndGet());
        // Nothing public tells of bytes that are not a whole head yet.
        if (connection instanceof Http1xServerConnection http) {
            new Heads(headTimeout).watch(http.channelHandlerContext());
        }
    }

    /** Ends a connection whose other side does not read: closing it politely would wait for that side. */
    static void abort(HttpConnection connection) {
        if (connection instanceof Http1xServerConnection http) {
            // From before the handler of the server, which would wait.
            var unused = http.channelHandlerContext().close();
        } else {
            connection.close();
        }
    }

    /**
     * Closes a connection whose next request has begun and whose head is not there in time; timeouts for silence do not see that, as
     * each single byte breaks it. For one event loop.
     */
    private static final class Heads {
        private final Duration timeout;
        private boolean inRequest;
        private @Nullable Future<?> alarm;

        Heads(Duration timeout) {
            this.timeout = timeout;
        }

        void watch(ChannelHandlerContext server) {
            ChannelPipeline pipeline = server.pipeline();
            ChannelInboundHandlerAdapter bytes = new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext context, Object message) {
                    if (!inRequest) {
                        expect(context);
                    }
                    context.fireChannelRead(message);
                }

                @Override
                public void channelInactive(ChannelHandlerContext context) {
                    arrived();
                    context.fireChannelInactive();
                }
            };
            SslHandler tls = pipeline.get(SslHandler.class);
            if (tls == null) {
                pipeline.addFirst("maas-bytes", bytes);
            } else {
                pipeline.addAfter(pipeline.context(tls).name(), "maas-bytes", bytes);
            }
            pipeline.addBefore(server.name(), "maas-heads", new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext context, Object message) {
                    if (message instanceof HttpRequest) {
                        inRequest = true;
                        arrived();
                    }
                    if (message instanceof LastHttpContent) {
                        inRequest = false;
                    }
                    context.fireChannelRead(message);
                }
            });
            expect(server);
        }

        private void expect(ChannelHandlerContext context) {
            if (alarm == null) {
                alarm = context.executor()
                        .schedule(
                                () -> {
                                    var unused = context.close();
                                },
                                timeout.toMillis(),
                                TimeUnit.MILLISECONDS);
            }
        }

        private void arrived() {
            if (alarm != null) {
                alarm.cancel(false);
                alarm = null;
            }
        }
    }
}
