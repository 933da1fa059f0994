package io.maas.api.client;

import com.google.common.collect.ImmutableList;
import com.google.common.net.HostAndPort;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.stub.MetadataUtils;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;

/**
 * Connections to servers that all have the same models, taken in turn. One that cannot be reached is left out until it can; a name that
 * means several addresses is one server here, and its addresses are taken in turn too.
 *
 * <p>Thread-safe.
 */
final class GrpcChannels implements AutoCloseable {
    /** Of an answer; the protocol's own clients take as much as a message can be, gRPC's default is 4 MiB. */
    private static final int MAX_MESSAGE_BYTES = 1 << 30;

    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("Authorization", Metadata.ASCII_STRING_MARSHALLER);

    private final ImmutableList<ManagedChannel> channels;
    private final AtomicInteger next = new AtomicInteger();

    GrpcChannels(List<HostAndPort> servers, boolean encrypted, ClientOptions options) {
        this.channels = servers.stream()
                .map(server -> open(server, encrypted, options))
                .collect(ImmutableList.toImmutableList());
    }

    private static ManagedChannel open(HostAndPort server, boolean encrypted, ClientOptions options) {
        NettyChannelBuilder builder = NettyChannelBuilder.forTarget("dns:///" + server)
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .defaultLoadBalancingPolicy("round_robin");
        if (options.key() != null) {
            Metadata key = new Metadata();
            key.put(AUTHORIZATION, "Bearer " + options.key());
            builder.intercept(MetadataUtils.newAttachHeadersInterceptor(key));
        }
        return (encrypted ? builder.sslContext(tls(options)) : builder.usePlaintext()).build();
    }

    private static SslContext tls(ClientOptions options) {
        SslContextBuilder builder = GrpcSslContexts.forClient();
        if (!options.trusted().isEmpty()) {
            builder.trustManager(options.trusted());
        }
        ClientOptions.Identity identity = options.identity();
        if (identity != null) {
            builder.keyManager(identity.key(), identity.chain());
        }
        try {
            return builder.build();
        } catch (SSLException e) {
            throw new IllegalArgumentException(
                    "identity, trusted: not usable (expected: a key and its certificate)", e);
        }
    }

    int size() {
        return channels.size();
    }

    /** The next one that is not known to be out of reach; the next of all where that is known of all. */
    ManagedChannel next() {
        int first = next.getAndIncrement();
        for (int i = 0; i < channels.size(); i++) {
            ManagedChannel channel = at(first + i);
            if (channel.getState(false) != ConnectivityState.TRANSIENT_FAILURE) {
                return channel;
            }
        }
        ManagedChannel channel = at(first);
        // Who asks again may find it there again.
        channel.resetConnectBackoff();
        return channel;
    }

    private ManagedChannel at(int index) {
        return channels.get(Math.floorMod(index, channels.size()));
    }

    @Override
    public void close() {
        channels.forEach(ManagedChannel::shutdownNow);
    }
}
