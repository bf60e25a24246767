import { DatePicker, TimePicker } from "antd";
import dayjs from "dayjs";
import type { Dayjs } from "dayjs";
import timezone from "dayjs/plugin/timezone";
import utc from "dayjs/plugin/utc";
import { momentIn, time } from "./format";
import { useZone } from "./values";

dayjs.extend(utc);
dayjs.extend(timezone);

const DAY = "YYYY-MM-DD";
const CLOCK = "HH:mm";
const MOMENT = "YYYY-MM-DD HH:mm:ss";
const QUARTER_MINUTES = 15;

interface Props {
  /** Of a label elsewhere; else `label` names the field. */
  id?: string;
  label?: string;
  placeholder?: string;
  /** Empty for none. Within a form field the form gives the value and takes the change. */
  value?: string;
  onChange?: (value: string) => void;
  disabled?: boolean;
}

/** The pickers' "today" is the brand's, wherever the reader sits. */
function useBrandToday(): string {
  const zone = useZone();
  dayjs.tz.setDefault(zone);
  return zone;
}

const named = ({ id, label }: Props) => ({ ...(id === undefined ? {} : { id }), ...(label === undefined ? {} : { "aria-label": label, placeholder: label }) });

/** A day as "2026-03-18". */
export function DateInput(props: Props) {
  useBrandToday();
  const { value, onChange, placeholder, disabled = false } = props;
  return (
    <DatePicker
      {...named(props)} {...(placeholder === undefined ? {} : { placeholder })} className="date-input" format={DAY} disabled={disabled} value={value ? dayjs(value.slice(0, DAY.length), DAY) : null}
      onChange={(picked: Dayjs | null) => { onChange?.(picked?.format(DAY) ?? ""); }}
    />
  );
}

/** A time of day as "21:30". */
export function ClockInput(props: Props) {
  const { value, onChange, placeholder, disabled = false } = props;
  return (
    <TimePicker
      {...named(props)} {...(placeholder === undefined ? {} : { placeholder })} className="clock-input" format={CLOCK} minuteStep={QUARTER_MINUTES} needConfirm={false} allowClear={false} disabled={disabled}
      value={value ? dayjs(value.slice(0, CLOCK.length), CLOCK) : null} onChange={(picked) => { onChange?.(picked?.format(CLOCK) ?? ""); }}
    />
  );
}

/** A moment (ISO, UTC), read and written on the clocks of the brand's zone. */
export function MomentInput(props: Props & { /** No later day can be picked. */ latest?: Dayjs }) {
  const zone = useBrandToday();
  const { value, onChange, placeholder, disabled = false, latest } = props;
  return (
    <DatePicker
      {...named(props)} {...(placeholder === undefined ? {} : { placeholder })} className="moment-input" format={MOMENT} disabled={disabled}
      showTime={{ defaultOpenValue: dayjs("00:00", CLOCK) }} value={value ? dayjs(time(value, zone, "second"), MOMENT) : null}
      onChange={(picked: Dayjs | null) => { onChange?.(picked ? momentIn(zone, picked.format("YYYY-MM-DDTHH:mm:ss")) : ""); }}
      {...(latest ? { disabledDate: (day: Dayjs) => day.isAfter(latest, "day") } : {})}
    />
  );
}
