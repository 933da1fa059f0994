package io.maas.api.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.InternetProtocolFamily;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.Http1xOrH2CHandler;
import io.vertx.core.http.impl.Http1xServerConnection;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.core.transport.Transport;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * All connections of a server: no more than it can bear, and none that takes its time to say what it wants.
 *
 * <p>Vert.x tells of a connection only when its first request is there, so they are counted and watched where they are accepted, as
 * channels of Netty.
 *
 * <p>Thread-safe.
 */
final class Connections {
    /** How long what a client still sends is read behind its last answer, so that this is not lost in a reset connection. */
    private static final long LINGER_MS = 1000;

    private final int max;
    private final Duration headTimeout;
    private final AtomicInteger open = new AtomicInteger();
    private final Set<Channel> channels = ConcurrentHashMap.newKeySet();

    Connections(ServerLimits limits) {
        this.max = limits.maxConnections();
        this.headTimeout = limits.requestTimeout();
    }

    int open() {
        return open.get();
    }

    /** What accepts them. */
    Transport transport() {
        return new Accepting();
    }

    /** Whether there is room for a connection, which is counted and watched then, and closed otherwise. */
    private boolean accept(Channel channel) {
        if (open.incrementAndGet() > max) {
            open.decrementAndGet();
            channel.unsafe().closeForcibly();
            return false;
        }
        channels.add(channel);
        channel.closeFuture().addListener(closed -> {
            channels.remove(channel);
            open.decrementAndGet();
        });
        channel.pipeline().addFirst(new Heads());
        return true;
    }

    /** To be told of a connection whose protocol is known. */
    void opened(HttpConnection connection) {
        ChannelHandlerContext server = ((ConnectionBase) connection).channelHandlerContext();
        Heads heads = server.pipeline().get(Heads.class);
        if (connection instanceof Http1xServerConnection http) {
            server.pipeline().addBefore(server.name(), "maas-requests", heads.requests(http));
        } else {
            // HTTP/2 has limits of its own for what is under way.
            server.pipeline().remove(heads);
        }
    }

    /** Ends all, whatever is under way on them. */
    void abort() {
        // From before the handlers of the server, which would wait.
        channels.forEach(channel -> channel.pipeline().firstContext().close());
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
     * Ends a connection by HTTP/1 soon. What still comes is read and thrown away: no further request is acted on behind an answer that says
     * that it is the last one (RFC 9112, 9.6). To be called before that answer is sent: the next request may wait for its end already.
     */
    static void endSoon(HttpConnection connection) {
        Http1xServerConnection http = (Http1xServerConnection) connection;
        http.channelHandlerContext().pipeline().get(Heads.class).endSoon(http);
    }

    /** Tells a client that nothing comes any more, who need not wait for the end then; what it still sends is read on. */
    static void endOutput(HttpConnection connection) {
        Channel channel =
                ((Http1xServerConnection) connection).channelHandlerContext().channel();
        if (channel instanceof SocketChannel socket
                && channel.isActive()
                && channel.pipeline().get(SslHandler.class) == null) {
            socket.shutdownOutput();
        }
    }

    /**
     * First among the handlers of a connection. Closes it if a request has begun and its head is not there in time, as the first one has
     * with the connection itself; timeouts for silence do not see that, as each single byte breaks it. For one event loop.
     */
    private final class Heads extends ChannelInboundHandlerAdapter {
        private boolean inRequest;
        private boolean isOver;
        private boolean isDue;
        private long due;

        /** Goes on through requests that arrive in time: to set one and take it back for each would cost more than some of them. */
        private @Nullable Future<?> alarm;

        @Override
        public void channelActive(ChannelHandlerContext context) {
            expect(context);
            context.fireChannelActive();
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (!inRequest) {
                expect(context);
            }
            ByteBuf bytes = (ByteBuf) message;
            ChannelPipeline pipeline = context.pipeline();
            if (isUndecided(pipeline)) {
                while (bytes.isReadable() && isUndecided(pipeline)) {
                    context.fireChannelRead(bytes.readRetainedSlice(1));
                }
                if (pipeline.get("h2c") != null) {
                    pipeline.addBefore("h2c", "maas-no-upgrade", new NoUpgrade());
                }
            }
            context.fireChannelRead(bytes);
        }

        /** Whether a connection without TLS has yet to show which protocol it is of. */
        private static boolean isUndecided(ChannelPipeline pipeline) {
            return pipeline.get(Http1xOrH2CHandler.class) != null;
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            end();
            context.fireChannelInactive();
        }

        @Override
        public void handlerRemoved(ChannelHandlerContext context) {
            end();
        }

        private void endSoon(Http1xServerConnection server) {
            if (isOver) {
                return;
            }
            isOver = true;
            server.handler(request -> {}).invalidRequestHandler(request -> {});
            ChannelHandlerContext context = server.channelHandlerContext();
            // Whoever read slowly reads no more.
            context.channel().config().setAutoRead(true);
            Future<?> end = context.executor().schedule(() -> server.close(), LINGER_MS, TimeUnit.MILLISECONDS);
            context.channel().closeFuture().addListener(closed -> end.cancel(false));
        }

        /** What sees where requests begin and end. */
        ChannelInboundHandlerAdapter requests(Http1xServerConnection server) {
            return new ChannelInboundHandlerAdapter() {
                private @Nullable Throwable broken;

                @Override
                public void channelRead(ChannelHandlerContext context, Object message) {
                    if (message instanceof HttpRequest request) {
                        inRequest = true;
                        arrived();
                        requireVersion(request);
                    }
                    if (message instanceof LastHttpContent) {
                        inRequest = false;
                    }
                    if (isOver) {
                        ReferenceCountUtil.release(message);
                        return;
                    }
                    if (message instanceof HttpContent content) {
                        broken = content.decoderResult().cause();
                    }
                    context.fireChannelRead(message);
                }

                /** The server would close the connection in the same turn, and the answer to a broken body would be lost. */
                @Override
                public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                    if (cause == broken && !isOver) {
                        // Whoever reads the body answers.
                        server.handleException(cause);
                        endSoon(server);
                    } else if (!isOver) {
                        context.fireExceptionCaught(cause);
                    }
                }
            };
        }

        /** The server would answer others itself, in a version that it does not speak. */
        private static void requireVersion(HttpRequest request) {
            HttpVersion version = request.protocolVersion();
            if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
                request.setProtocolVersion(HttpVersion.HTTP_1_1);
                request.setDecoderResult(DecoderResult.failure(new Failure.Refusal(
                        505, "http_version", "the version of HTTP is not spoken here (expected: 1.0, 1.1 or 2)")));
            }
        }

        private void expect(ChannelHandlerContext context) {
            if (!isDue) {
                isDue = true;
                due = System.nanoTime() + headTimeout.toNanos();
                if (alarm == null) {
                    wake(context, headTimeout.toNanos());
                }
            }
        }

        private void wake(ChannelHandlerContext context, long nanos) {
            alarm = context.executor().schedule(() -> look(context), nanos, TimeUnit.NANOSECONDS);
        }

        private void look(ChannelHandlerContext context) {
            alarm = null;
            long left = due - System.nanoTime();
            if (isDue && left > 0) {
                wake(context, left);
            } else if (isDue) {
                var unused = context.close();
            }
        }

        private void arrived() {
            isDue = false;
        }

        private void end() {
            isDue = false;
            if (alarm != null) {
                alarm.cancel(false);
                alarm = null;
            }
        }
    }

    /**
     * Ignores the wish to go on by another protocol, as any server may (RFC 9110, 7.8). Java's own client wishes for HTTP/2 each time, and
     * a request that has a body and is refused before its end would never be answered then.
     */
    private static final class NoUpgrade extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (message instanceof HttpRequest request) {
                request.headers().remove(HttpHeaderNames.UPGRADE);
                context.pipeline().remove(this);
            }
            context.fireChannelRead(message);
        }
    }

    /** Java's own sockets, with a look at each one that is accepted. */
    private final class Accepting implements Transport, io.vertx.core.spi.transport.Transport {
        private final io.vertx.core.spi.transport.Transport sockets = NIO.implementation();

        @Override
        public String name() {
            return NIO.name();
        }

        @Override
        public boolean available() {
            return true;
        }

        @Override
        public @Nullable Throwable unavailabilityCause() {
            return null;
        }

        @Override
        public io.vertx.core.spi.transport.Transport implementation() {
            return this;
        }

        @Override
        public IoHandlerFactory ioHandlerFactory() {
            return sockets.ioHandlerFactory();
        }

        @Override
        public DatagramChannel datagramChannel() {
            return sockets.datagramChannel();
        }

        @Override
        @SuppressWarnings("deprecation") // As Vert.x has it.
        public DatagramChannel datagramChannel(InternetProtocolFamily family) {
            return sockets.datagramChannel(family);
        }

        @Override
        public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
            return sockets.channelFactory(domainSocket);
        }

        @Override
        public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
            return domainSocket ? sockets.serverChannelFactory(true) : ServerSocket::new;
        }
    }

    private final class ServerSocket extends NioServerSocketChannel {
        @Override
        protected int doReadMessages(List<Object> accepted) throws Exception {
            int before = accepted.size();
            int result = super.doReadMessages(accepted);
            accepted.subList(before, accepted.size()).removeIf(channel -> !accept((Channel) channel));
            return result;
        }
    }
}
