package io.maas.api.client;

import io.maas.api.wire.Documents;
import io.maas.api.wire.ErrorCodec;
import io.maas.api.wire.JobEvent;
import io.maas.api.wire.JobInfo;
import io.maas.api.wire.JobList;
import io.maas.api.wire.JobRequest;
import io.maas.api.wire.Message;
import io.maas.error.MaasException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The training jobs of a server. Every method throws {@link io.maas.error.ModelNotFoundException} for an id that is not there, {@link
 * IllegalStateException} where how the job stands forbids it, and {@link MaasException} where the network or the server failed. Nothing is sent twice, since a job that was submitted twice is two jobs.
 *
 * <p>Thread-safe; works as long as its client is open.
 */
public final class RemoteJobs {
    private static final String PATH = "/api/jobs";

    /** A stream that breaks is taken up again where it broke, unless nothing new came so many times. */
    private static final int MAX_BREAKS = 5;

    private final Rest rest;
    private final Transport transport;

    RemoteJobs(Rest rest) {
        this.rest = rest;
        this.transport = rest.transport();
    }

    /**
     * Adds a job to the queue. When this returns, it survives a restart of the server.
     *
     * @throws io.maas.error.InvalidInputException if it is none that can be run; the message names the member
     * @throws io.maas.error.OverloadedException if too many wait already
     */
    public JobInfo submit(JobRequest request) {
        return info(Transport.join(transport.post(PATH, Message.json(Documents.write(request)), null)));
    }

    /** The jobs that the caller may see, in the order of submission. */
    public List<JobInfo> list() {
        HttpResponse<byte[]> answer = Transport.join(transport.get(PATH));
        rest.requireOk(answer);
        return transport
                .read(answer, body -> Documents.read(body, JobList.class))
                .jobs();
    }

    /** How a job stands. */
    public JobInfo get(String id) {
        return info(Transport.join(transport.get(one(id))));
    }

    /** Ends a job that waits or runs; it may take a moment to end. */
    public JobInfo cancel(String id) {
        return change("POST", one(id) + "/cancel");
    }

    /** Puts a job that was broken off into the queue again. */
    public JobInfo resume(String id) {
        return change("POST", one(id) + "/resume");
    }

    /** Forgets a job that is over. */
    public void delete(String id) {
        JobInfo unused = change("DELETE", one(id));
    }

    private static String one(String id) {
        return PATH + "/" + Rest.id(id, "job");
    }

    private JobInfo change(String method, String path) {
        return info(Transport.join(transport.send(method, path, null, BodyPublishers.noBody())));
    }

    private JobInfo info(HttpResponse<byte[]> answer) {
        rest.requireOk(answer);
        return transport.read(answer, body -> Documents.read(body, JobInfo.class));
    }

    /** What happened to a job so far. */
    public List<JobEvent> log(String id) {
        HttpResponse<byte[]> answer = Transport.join(transport.get(one(id) + "/logs"));
        rest.requireOk(answer);
        List<JobEvent> events = new ArrayList<>();
        new String(answer.body(), StandardCharsets.UTF_8)
                .lines()
                .forEach(line -> events.add(transport.read(answer, body -> event(line))));
        return events;
    }

    private static JobEvent event(String json) {
        return Documents.read(json.getBytes(StandardCharsets.UTF_8), JobEvent.class);
    }

    /**
     * Follows a job from its beginning until it is over, on the caller's thread; a stream that breaks is taken up again where it broke.
     *
     * @return how it ended
     * @throws MaasException also if the key does not hold any more, or the thread is interrupted
     * @throws IllegalStateException if the client is closed meanwhile
     */
    public JobInfo follow(String id, Consumer<JobEvent> listener) {
        Follower follower = new Follower(listener);
        int breaks = 0;
        while (true) {
            String before = follower.last;
            HttpResponse<InputStream> answer = transport.stream(one(id) + "/events", before);
            transport.requireStream(answer);
            IOException broken = follower.read(answer);
            JobInfo info = get(id);
            if (info.over() && broken == null) {
                return info;
            }
            boolean stuck = before == null ? follower.last == null : before.equals(follower.last);
            breaks = stuck ? breaks + 1 : 0;
            if (breaks >= MAX_BREAKS) {
                throw new MaasException(
                        "events of job " + id + " broke off again and again (expected: a stream)", broken);
            }
        }
    }

    /** Reads server-sent events, and knows the last one. */
    private static final class Follower {
        private final Consumer<JobEvent> listener;
        private @Nullable String last;

        Follower(Consumer<JobEvent> listener) {
            this.listener = listener;
        }

        private static MaasException refusal(String document) {
            ErrorCodec.WireError told = new ErrorCodec().read(document.getBytes(StandardCharsets.UTF_8));
            return new MaasException("the server ended the stream of events: "
                    + (told == null ? "it does not say why" : told.message()));
        }

        /** Why it broke off; null if it ended. */
        @Nullable
        IOException read(HttpResponse<InputStream> answer) {
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
                String id = null;
                boolean refused = false;
                StringBuilder data = new StringBuilder();
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.startsWith("id: ")) {
                        id = line.substring("id: ".length());
                    } else if (line.startsWith("event: ")) {
                        refused = line.equals("event: error");
                    } else if (line.startsWith("data: ")) {
                        data.append(line.substring("data: ".length()));
                    } else if (line.isEmpty() && refused) {
                        throw refusal(data.toString());
                    } else if (line.isEmpty() && !data.isEmpty()) {
                        JobEvent event = event(data.toString());
                        data.setLength(0);
                        last = id;
                        listener.accept(event);
                    }
                }
                return null;
            } catch (InterruptedIOException e) {
                throw Transport.interrupted(e);
            } catch (IOException e) {
                return e;
            }
        }
    }
}
