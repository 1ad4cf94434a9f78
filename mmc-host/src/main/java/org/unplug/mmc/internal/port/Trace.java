package org.unplug.mmc.internal.port;

import java.util.ArrayList;
import java.util.List;
import org.unplug.mmc.CardStatus;
import org.unplug.mmc.MmcHosts;
import org.unplug.mmc.Ocr;
import org.unplug.mmc.RegisterBits;
import org.unplug.mmc.TraceEntry;
import org.unplug.mmc.spi.MmcCommand;
import org.unplug.mmc.spi.MmcData;
import org.unplug.mmc.spi.MmcError;
import org.unplug.mmc.spi.MmcIos;
import org.unplug.mmc.spi.MmcRequest;
import org.unplug.mmc.spi.MmcResponse;
import org.unplug.mmc.spi.ResponseType;
import org.unplug.ref.Clockwork;

/**
 * What went over an adapter's line: the last commands in a ring whose places are used again and again, so that load costs no
 * memory, and the last start-up as a whole. Words are made when somebody asks.
 */
public final class Trace {

    /** A command and its answer, or another setting of the bus. */
    private static final class Place {
        long nanos;
        boolean app;
        int opcode;
        int argument;
        ResponseType type = ResponseType.NONE;
        MmcResponse response;
        MmcError dataError = MmcError.NONE;
        long dataBlocks;
        boolean hasData;
        MmcIos ios;

        void copy(Place from) {
            nanos = from.nanos;
            app = from.app;
            opcode = from.opcode;
            argument = from.argument;
            type = from.type;
            response = from.response;
            dataError = from.dataError;
            dataBlocks = from.dataBlocks;
            hasData = from.hasData;
            ios = from.ios;
        }
    }

    private final Clockwork clockwork;
    private final Place[] ring = new Place[MmcHosts.MOST];
    private final List<Place> startup = new ArrayList<>();
    private long count;
    private boolean starting;
    private boolean announced;

    public Trace(Clockwork clockwork) {
        this.clockwork = clockwork;
        for (int i = 0; i < ring.length; i++) {
            ring[i] = new Place();
        }
    }

    /** A card is being started from now on: what follows is kept until the next one is. */
    public synchronized void startupBegins() {
        starting = true;
        startup.clear();
    }

    public synchronized void startupEnds() {
        starting = false;
    }

    synchronized void ios(MmcIos ios) {
        Place place = next();
        place.ios = ios;
        place.response = null;
        place.hasData = false;
        keep(place);
    }

    /** A request ended. */
    synchronized void ended(MmcRequest request) {
        add(request.sbc(), null);
        add(request.cmd(), request.data());
        add(request.stop(), null);
    }

    private void add(MmcCommand command, MmcData data) {
        if (command == null || command.response() == null) {
            return;
        }
        Place place = next();
        place.ios = null;
        place.app = announced;
        place.opcode = command.opcode();
        place.argument = command.argument();
        place.type = command.type();
        place.response = command.response();
        place.hasData = data != null;
        place.dataError = data == null ? MmcError.NONE : data.error();
        place.dataBlocks = data == null ? 0 : data.doneBytes() / data.blockBytes();
        announced = command.opcode() == 55 && command.response().ok();
        keep(place);
    }

    private Place next() {
        Place place = ring[(int) (count++ % ring.length)];
        place.nanos = clockwork.nanoTime();
        return place;
    }

    private void keep(Place place) {
        if (starting && startup.size() < MmcHosts.MOST) {
            Place copy = new Place();
            copy.copy(place);
            startup.add(copy);
        }
    }

    /** The last start-up. */
    public synchronized List<TraceEntry> startup() {
        return words(startup);
    }

    /** The last commands, oldest first. */
    public synchronized List<TraceEntry> recent() {
        List<Place> places = new ArrayList<>();
        for (long i = Math.max(0, count - ring.length); i < count; i++) {
            places.add(ring[(int) (i % ring.length)]);
        }
        return words(places);
    }

    private static List<TraceEntry> words(List<Place> places) {
        if (places.isEmpty()) {
            return List.of();
        }
        long began = places.get(0).nanos;
        return places.stream()
                .map(place -> words(place, (place.nanos - began) / 1000))
                .toList();
    }

    private static TraceEntry words(Place place, long micros) {
        if (place.ios != null) {
            MmcIos ios = place.ios;
            String how = ios.power() == MmcIos.Power.OFF
                    ? "off"
                    : ios.clockHz() / 1000 + " kHz, " + ios.widthBits() + " bit, "
                            + ios.timing().text() + (ios.signalMillivolts() == 1800 ? ", 1.8 V" : "");
            return new TraceEntry(micros, "bus", "", how, "", "", "");
        }
        String what = (place.app ? "ACMD" : "CMD") + place.opcode;
        String type = place.type == ResponseType.NONE ? "" : place.type.name();
        return new TraceEntry(
                micros,
                what,
                CommandNames.of(place.opcode, place.app),
                String.format("%08x", place.argument),
                type,
                response(place),
                meaning(place));
    }

    private static String response(Place place) {
        if (place.type == ResponseType.NONE || !place.response.ok()) {
            return "";
        }
        return place.type == ResponseType.R2
                ? new RegisterBits(place.response.high(), place.response.low()).hex()
                : String.format("%08x", place.response.word());
    }

    private static String meaning(Place place) {
        if (!place.response.ok()) {
            return place.response.error() == MmcError.TIMEOUT
                    ? "no answer"
                    : place.response.error().name();
        }
        int word = place.response.word();
        String said = switch (place.type) {
            case NONE -> "";
            case R1, R1B -> status(new CardStatus(word));
            case R2 -> place.opcode == 9 ? "CSD" : "CID";
            case R3 -> conditions(new Ocr(word));
            case R6 -> String.format("address %04x", word >>> 16);
            case R7 -> "echo";
        };
        if (!place.hasData) {
            return said;
        }
        String data = place.dataError == MmcError.NONE ? "" : ", data " + place.dataError;
        return said + "; " + place.dataBlocks + " blocks" + data;
    }

    private static String conditions(Ocr ocr) {
        if (!ocr.isReady()) {
            return "busy";
        }
        return "ready" + (ocr.isHighCapacity() ? ", high capacity" : "") + (ocr.offersLowVoltage() ? ", 1.8 V" : "");
    }

    private static String status(CardStatus status) {
        return status.state() + (status.failed() ? String.format(", errors %08x", status.bits()) : "");
    }
}
