/** Every time zone the browser knows, for a choice. */
export const zones = (): { value: string; label: string }[] => Intl.supportedValuesOf("timeZone").map((zone) => ({ value: zone, label: zone }));
