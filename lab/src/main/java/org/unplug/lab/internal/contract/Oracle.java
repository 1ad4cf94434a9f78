package org.unplug.lab.internal.contract;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.unplug.block.BlockStatus;

/** Judges evidence: one rule for each line of the contract, each a function of what was observed and nothing else. */
public final class Oracle {

    private static final int FEW = 4;

    private Oracle() {}

    /** A verdict for every line. */
    public static Map<Line, Verdict> judge(Evidence evidence) {
        Map<Line, Verdict> verdicts = new EnumMap<>(Line.class);
        verdicts.put(Line.R1, evidence.refusal().judgedBy(Oracle::refuse));
        verdicts.put(Line.R2, evidence.ends().judgedBy(Oracle::exactlyOnce));
        verdicts.put(Line.R3, evidence.quiet().judgedBy(Oracle::quiet));
        verdicts.put(Line.R4, evidence.returned().judgedBy(Oracle::bounded));
        verdicts.put(Line.R5, evidence.counting().judgedBy(Oracle::counted));
        verdicts.put(Line.R6, evidence.told().judgedBy(Oracle::told));
        verdicts.put(Line.R7, evidence.places().judgedBy(Oracle::nothingElsewhere));
        verdicts.put(Line.R8, evidence.contents().judgedBy(Oracle::nothingLost));
        verdicts.put(Line.R9, evidence.answers().judgedBy(Oracle::answers));
        verdicts.put(Line.R10, evidence.isolation().judgedBy(Oracle::isolated));
        verdicts.put(Line.R11, evidence.single().judgedBy(Oracle::oneRemoval));
        verdicts.put(Line.R12, evidence.left().judgedBy(Oracle::nothingLeft));
        return Collections.unmodifiableMap(verdicts);
    }

    static Verdict refuse(Evidence.Refusal seen) {
        List<String> complaints = new ArrayList<>();
        seen.otherwise().forEach((status, count) -> complaints.add(count + " requests after refusal ended " + status));
        seen.opened().forEach(how -> complaints.add("an open after the removal: " + how));
        if (complaints.isEmpty() && seen.requests() + seen.opens() == 0) {
            return Verdict.notObserved("nothing was asked of the disk after it had refused");
        }
        return Verdict.unless(complaints, seen.requests() + " requests and " + seen.opens() + " opens refused GONE");
    }

    static Verdict exactlyOnce(Evidence.Ends seen) {
        List<String> complaints = new ArrayList<>();
        if (seen.twice() > 0) {
            complaints.add(seen.twice() + " requests ended twice");
        }
        if (seen.stillInside() > 0) {
            complaints.add(seen.stillInside() + " requests never ended");
        }
        if (complaints.isEmpty() && seen.begun() != seen.ended()) {
            complaints.add(seen.begun() + " requests begun, " + seen.ended() + " ended");
        }
        return Verdict.unless(
                complaints,
                seen.begun() + " begun, " + seen.ended() + " ended once, " + seen.of(BlockStatus.GONE)
                        + " of them GONE");
    }

    static Verdict quiet(Evidence.Quiet seen) {
        List<String> complaints = new ArrayList<>();
        if (seen.insideAtReturn() > 0) {
            complaints.add(seen.insideAtReturn() + " calls inside the driver at the return");
        }
        if (seen.after() != 0) {
            complaints.add(seen.after() + " " + seen.unit() + " after the return");
        }
        return Verdict.unless(
                complaints,
                "0 inside at the return, 0 " + seen.unit() + " after it while " + seen.meanwhile()
                        + " requests were tried");
    }

    static Verdict bounded(Evidence.Return seen) {
        if (!seen.came()) {
            return Verdict.broken(seen.what() + " had not returned after " + ms(seen.nanos()));
        }
        String took = seen.what() + " took " + ms(seen.nanos()) + " of at most " + ms(seen.limitNanos());
        return seen.nanos() > seen.limitNanos() ? Verdict.broken(took) : Verdict.holds(took);
    }

    static Verdict counted(Evidence.Counting seen) {
        List<String> complaints = new ArrayList<>();
        if (!seen.keptWhileHeld()) {
            complaints.add(seen.name() + " was not kept while handles were open");
        }
        if (!seen.releasedAfterPut()) {
            complaints.add(
                    seen.name() + " was not released after the last handle was closed; held by " + seen.heldBy());
        }
        return Verdict.unless(
                complaints,
                seen.name() + " kept by " + seen.references()
                        + " references after the return, released at the last put");
    }

    static Verdict told(Evidence.Told seen) {
        List<String> complaints = new ArrayList<>();
        for (Evidence.HolderSaw holder : seen.holders()) {
            if (!holder.kinds().equals(List.of(seen.expected()))) {
                complaints.add(holder.name() + " was told " + holder.kinds() + ", not once " + seen.expected());
            }
            if (holder.syncs() > 1) {
                complaints.add(holder.name() + " was asked to sync " + holder.syncs() + " times");
            }
            if (!holder.answered()) {
                complaints.add("the block layer did not answer while " + holder.name() + " was being told");
            }
        }
        if (seen.holders().isEmpty()) {
            return Verdict.notObserved("no holder of ours was there");
        }
        return Verdict.unless(complaints, seen.holders().size() + " holders told once, " + seen.expected());
    }

    static Verdict nothingElsewhere(Evidence.Places seen) {
        List<String> complaints = new ArrayList<>();
        if (seen.strays() > 0) {
            complaints.add(seen.strays() + " of " + seen.sectors() + " sectors are not as stamped: " + seen.first());
        }
        if (seen.changedAfterReturn()) {
            complaints.add("the image changed after the removal had returned");
        }
        if (complaints.isEmpty() && seen.sectors() == 0) {
            return Verdict.notObserved("no sector was verified");
        }
        return Verdict.unless(complaints, seen.sectors() + " stamped sectors verified, 0 strays");
    }

    static Verdict nothingLost(Evidence.Contents seen) {
        List<String> complaints = new ArrayList<>();
        if (!seen.losses().isEmpty()) {
            complaints.add(seen.losses().size() + " losses of what was " + seen.promise() + ", first: "
                    + seen.losses().get(0));
        }
        if (seen.cleanWanted() && !seen.clean()) {
            complaints.add("the file system was not clean after an orderly removal");
        }
        if (complaints.isEmpty() && seen.bytes() == 0) {
            return Verdict.notObserved("nothing had been " + seen.promise());
        }
        return Verdict.unless(
                complaints,
                "all that was " + seen.promise() + " is there: " + seen.files() + " files, " + seen.bytes() + " bytes"
                        + (seen.cleanWanted() ? ", clean" : ""));
    }

    static Verdict answers(Evidence.Answers seen) {
        List<String> complaints = new ArrayList<>();
        seen.failures().forEach((type, count) -> {
            if (!type.equals(seen.wanted())) {
                complaints.add(count + " operations failed with "
                        + seen.samples().getOrDefault(type, type) + " instead of " + seen.wanted());
            }
        });
        if (seen.slowestNanos() > seen.limitNanos()) {
            complaints.add("a failing operation took " + ms(seen.slowestNanos()));
        }
        if (seen.succeeded() > 0) {
            complaints.add(seen.succeeded() + " writes were acknowledged after the file system had failed");
        }
        if (!seen.unmounted()) {
            complaints.add("unmount failed");
        }
        if (complaints.isEmpty() && seen.errors() == 0) {
            return Verdict.notObserved("no operation came after the removal");
        }
        return Verdict.unless(
                complaints,
                seen.errors() + " operations failed " + seen.wanted() + ", the slowest in " + ms(seen.slowestNanos())
                        + "; unmount took " + ms(seen.unmountNanos()));
    }

    static Verdict isolated(Evidence.Isolation seen) {
        List<String> complaints = new ArrayList<>();
        if (seen.errors() > 0) {
            complaints.add("the other side saw " + seen.errors() + " errors");
        }
        if (seen.longestGapNanos() > seen.limitNanos()) {
            complaints.add("the other side stood still for " + ms(seen.longestGapNanos()));
        }
        return Verdict.unless(
                complaints,
                "the other side completed " + seen.completed() + " requests in " + ms(seen.windowNanos())
                        + ", longest gap " + ms(seen.longestGapNanos()));
    }

    static Verdict oneRemoval(Evidence.Single seen) {
        List<String> complaints = new ArrayList<>();
        List<String> observed = new ArrayList<>();
        if (seen.second().isThere()) {
            (seen.second().what() ? observed : complaints).add("second remover: " + seen.whatSecond());
        }
        if (seen.renewed().isThere()) {
            (seen.renewed().what() ? observed : complaints).add("came back as " + seen.whatRenewed());
        }
        if (seen.reached() > 0) {
            complaints.add(seen.reached() + " requests on an old handle did not end GONE");
        } else if (seen.tried() > 0) {
            observed.add(seen.tried() + " requests on an old handle ended GONE");
        }
        if (complaints.isEmpty() && observed.isEmpty()) {
            return Verdict.notObserved(
                    seen.second().reason() + "; " + seen.renewed().reason());
        }
        return Verdict.unless(complaints, String.join("; ", observed));
    }

    static Verdict nothingLeft(Evidence.Left seen) {
        List<String> complaints = new ArrayList<>();
        if (!seen.objects().isEmpty()) {
            complaints.add("not collected: " + some(seen.objects()));
        }
        if (!seen.threads().isEmpty()) {
            complaints.add("threads remain: " + some(seen.threads()));
        }
        List<String> observed = new ArrayList<>(List.of("objects and threads gone"));
        if (!seen.descriptors().isThere()) {
            observed.add("descriptors not observed (" + seen.descriptors().reason() + ")");
        } else if (seen.descriptors().what().isEmpty()) {
            observed.add("no descriptor of the image");
        } else {
            complaints.add("descriptors remain: "
                    + String.join(", ", seen.descriptors().what()));
        }
        if (!seen.loaderCollected().isThere()) {
            observed.add("class loader not observed (" + seen.loaderCollected().reason() + ")");
        } else if (seen.loaderCollected().what()) {
            observed.add("the driver's class loader collected");
        } else {
            complaints.add("the driver's old class loader was not collected");
        }
        return Verdict.unless(complaints, String.join(", ", observed));
    }

    /** The first few of many. */
    private static String some(List<String> all) {
        List<String> first = all.subList(0, Math.min(FEW, all.size()));
        return String.join(", ", first) + (all.size() > FEW ? " and " + (all.size() - FEW) + " more" : "");
    }

    static String ms(long nanos) {
        double ms = nanos / 1e6;
        return String.format(Locale.ROOT, ms < 10 ? "%.2f ms" : "%.0f ms", ms);
    }
}
