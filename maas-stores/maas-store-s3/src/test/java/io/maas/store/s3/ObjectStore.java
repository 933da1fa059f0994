package io.maas.store.s3;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Properties;
import java.util.UUID;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3Client;

/** An object store in this process, with its objects in memory, behind a {@link Gateway}. */
final class ObjectStore implements AutoCloseable {
    static final String BUCKET = "models";

    private final S3Proxy proxy;
    private final Gateway gateway;
    private final S3Client client;

    private ObjectStore() throws Exception {
        proxy = S3Proxy.builder()
                .blobStore(BlobStores.create("transient", new Properties()))
                .endpoint(URI.create("http://127.0.0.1:0"))
                .awsAuthentication(AuthenticationType.NONE, "", "")
                .stopTimeout(0)
                .build();
        proxy.start();
        gateway = new Gateway(URI.create("http://127.0.0.1:" + proxy.getPort()));
        client = client(gateway.uri());
        client.createBucket(request -> request.bucket(BUCKET));
    }

    static ObjectStore start() {
        try {
            return new ObjectStore();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** One that waits little before it tries again. */
    static S3Client client(URI endpoint) {
        return S3Client.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("id", "secret")))
                .httpClientBuilder(UrlConnectionHttpClient.builder().socketTimeout(Duration.ofSeconds(20)))
                .overrideConfiguration(
                        options -> options.retryStrategy(AwsRetryStrategy.standardRetryStrategy().toBuilder()
                                .backoffStrategy(BackoffStrategy.retryImmediately())
                                .throttlingBackoffStrategy(BackoffStrategy.retryImmediately())
                                .circuitBreakerEnabled(false)
                                .build()))
                .build();
    }

    Gateway gateway() {
        return gateway;
    }

    S3Client client() {
        return client;
    }

    /** A place where nothing is. */
    static String newPrefix() {
        return "test/" + UUID.randomUUID();
    }

    @Override
    public void close() throws IOException {
        client.close();
        gateway.close();
        try {
            proxy.stop();
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
