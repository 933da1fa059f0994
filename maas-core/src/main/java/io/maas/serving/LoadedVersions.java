package io.maas.serving;

import com.google.common.collect.Iterables;
import io.maas.registry.Version;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The versions that a deployment has loaded, and those that it has given up but whose last requests may still be under way. */
final class LoadedVersions {
    private final String name;
    private final DeploymentContext context;
    private final Map<Target, LoadedVersion> loaded = new LinkedHashMap<>();
    private final Map<Target, VersionMeters> meters = new HashMap<>();
    private final List<LoadedVersion> retired = new ArrayList<>();

    LoadedVersions(String name, DeploymentContext context) {
        this.name = name;
        this.context = context;
    }

    @Nullable
    LoadedVersion find(@Nullable Target target) {
        return target == null ? null : loaded.get(target);
    }

    Set<Target> targets() {
        return new LinkedHashSet<>(loaded.keySet());
    }

    /** All that are kept, by their numbers. */
    List<LoadedVersion> all() {
        return loaded.values().stream()
                .sorted(Comparator.comparingInt(each -> each.version().number()))
                .toList();
    }

    /**
     * The version that a target means, loaded now if it is not.
     *
     * @throws io.maas.error.ArtifactRejectedException also if it is loaded, but a pipeline that would call itself by way of what is in
     *     service now
     */
    LoadedVersion load(Target target) {
        LoadedVersion found = loaded.get(target);
        if (found == null) {
            Version version = context.registry().version(name, target.version());
            found = context.loader().load(version, target.options());
            loaded.put(target, found);
        } else {
            context.loader().requireNoCycle(found);
        }
        return found;
    }

    /** A lease on one version, loaded with these options if it is not there. Who takes it releases it. */
    LoadedVersion pin(Version version, DeployOptions options) {
        for (LoadedVersion there : Iterables.concat(loaded.values(), retired)) {
            if (there.version().equals(version) && there.acquire()) {
                return there;
            }
        }
        LoadedVersion pinned = context.loader().load(version, options);
        // Nobody but its pins keeps it, like one that was given up under requests.
        retired.add(pinned);
        return pinned;
    }

    /** Gives up all others; their memory is freed when their last request ends. */
    void retain(Set<Target> wanted) {
        for (Target target : targets()) {
            LoadedVersion version = wanted.contains(target) ? null : loaded.remove(target);
            if (version != null) {
                version.release();
                retired.add(version);
            }
        }
        retired.removeIf(each -> isClosed(each, 0));
    }

    /** Counts what these do in the application's meters, and no others. */
    void meter(Set<Target> inService) {
        Set<Target> gone = new HashSet<>(meters.keySet());
        gone.removeAll(inService);
        for (Target target : gone) {
            VersionMeters counters = meters.remove(target);
            if (counters != null) {
                counters.close();
            }
        }
        for (Target target : inService) {
            LoadedVersion version = loaded.get(target);
            if (version != null) {
                meters.computeIfAbsent(
                        target, fresh -> new VersionMeters(context.options().meters(), version));
            }
        }
    }

    /** Waits for the last requests on versions that were given up; false if that took longer. */
    boolean awaitDrained(long nanos) {
        long end = context.loader().ticker().read() + nanos;
        for (LoadedVersion version : retired) {
            if (!isClosed(version, Math.max(0, end - context.loader().ticker().read()))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isClosed(LoadedVersion version, long nanos) {
        try {
            return version.awaitClosed(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
