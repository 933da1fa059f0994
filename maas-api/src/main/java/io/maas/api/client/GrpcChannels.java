package io.maas.api.client;

import static java.util.Objects.requireNonNull;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableMap;
import com.google.common.net.HostAndPort;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.stub.MetadataUtils;
import io.maas.api.client.Servers.Server;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLException;

/**
 * Connections to servers that all have the same models, taken in turn but for those that fail. A name that means several addresses is one
 * server here, and its addresses are taken in turn too.
 *
 * <p>Thread-safe.
 */
final class GrpcChannels implements AutoCloseable {
    /** Of an answer; the protocol's own clients take as much as a message can be, gRPC's default is 4 MiB. */
    private static final int MAX_MESSAGE_BYTES = 1 << 30;

    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("Authorization", Metadata.ASCII_STRING_MARSHALLER);

    private final Servers servers;
    private final ImmutableMap<Server, ManagedChannel> channels;

    GrpcChannels(List<HostAndPort> addresses, boolean encrypted, ClientOptions options) {
        this.servers = new Servers(
                addresses.stream().map(each -> URI.create("grpc://" + each)).toList(), Ticker.systemTicker());
        ImmutableMap.Builder<Server, ManagedChannel> opened = ImmutableMap.builder();
        for (int i = 0; i < addresses.size(); i++) {
            opened.put(servers.all().get(i), open(addresses.get(i), encrypted, options));
        }
        this.channels = opened.build();
    }

    private static ManagedChannel open(HostAndPort server, boolean encrypted, ClientOptions options) {
        // The brackets of an IPv6 address must not stand in a path as they are.
        String target = server.toString().replace("[", "%5B").replace("]", "%5D");
        long connectMillis =
                Math.min(Integer.MAX_VALUE, options.connectTimeout().toMillis());
        NettyChannelBuilder builder = NettyChannelBuilder.forTarget("dns:///" + target)
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.max(1, connectMillis))
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

    /** The next one of those that do not fail; one of all where all do. */
    Server next(Set<Server> tried) {
        return servers.next(tried);
    }

    Optional<Server> toProbe() {
        return servers.toProbe();
    }

    /** Takes note of whether one is up. */
    void count(Server server, boolean isUp) {
        if (isUp) {
            servers.answered(server);
        } else {
            servers.failed(server);
        }
    }

    ManagedChannel to(Server server) {
        ManagedChannel channel = requireNonNull(channels.get(server));
        if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
            channel.resetConnectBackoff(); // Who asks again may find it there again.
        }
        return channel;
    }

    @Override
    public void close() {
        channels.values().forEach(ManagedChannel::shutdownNow);
    }
}
