import { App, ConfigProvider, theme as antTheme } from "antd";
import type { ThemeConfig } from "antd";
import enUS from "antd/locale/en_US";
import zhCN from "antd/locale/zh_CN";
import dayjs from "dayjs";
import "dayjs/locale/zh-cn";
import { createContext, use, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { ReactNode } from "react";
import { useLocale } from "./i18n";
import { DARK, FONT, LIGHT, PHONE_PX } from "./tokens";
import type { Tones } from "./tokens";

export type Mode = "light" | "dark" | "system";

interface ThemeState {
  mode: Mode;
  dark: boolean;
  setMode: (mode: Mode) => void;
}

const STORE = "siyu.theme";
const ThemeContext = createContext<ThemeState>({ mode: "system", dark: false, setMode: () => undefined });

function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const media = matchMedia(query);
      media.addEventListener("change", changed);
      return () => {
        media.removeEventListener("change", changed);
      };
    },
    () => matchMedia(query).matches,
  );
}

/** True on a phone's width; layouts that cannot be done in CSS ask this. */
export const useIsPhone = (): boolean => useMedia(`(max-width: ${String(PHONE_PX - 1)}px)`);

function config(tones: Tones, dark: boolean, still: boolean): ThemeConfig {
  return {
    algorithm: dark ? antTheme.darkAlgorithm : antTheme.defaultAlgorithm,
    token: {
      colorPrimary: tones.jade,
      colorSuccess: tones.jade,
      colorWarning: tones.warning,
      colorError: tones.danger,
      colorInfo: tones.jade,
      colorLink: tones.jadeText,
      colorText: tones.ink,
      colorTextSecondary: tones.muted,
      colorTextTertiary: tones.muted,
      colorTextDescription: tones.muted,
      colorTextPlaceholder: tones.muted,
      colorBgLayout: tones.canvas,
      colorBgContainer: tones.surface,
      colorBgElevated: tones.raised,
      colorBorder: dark ? "#3A4540" : "#CFD6D0",
      colorBorderSecondary: tones.line,
      colorErrorText: tones.dangerText,
      // The library derives its tints from the deep jade and gets grey ones.
      colorPrimaryBg: tones.jadeSoft,
      colorPrimaryBgHover: tones.jadeSoft,
      colorInfoBg: tones.jadeSoft,
      colorInfoBorder: dark ? "#1F5041" : "#BFE0D4",
      colorSuccessBg: tones.jadeSoft,
      colorSuccessBorder: dark ? "#1F5041" : "#BFE0D4",
      colorWarningBg: tones.warningSoft,
      colorErrorBg: tones.dangerSoft,
      controlItemBgActive: tones.jadeSoft,
      controlItemBgActiveHover: tones.jadeSoft,
      borderRadius: 8,
      fontSize: 14,
      fontFamily: FONT,
      // Where people asked for less motion (base.css) the library must not wait for an end that never comes.
      motion: !still,
      motionDurationSlow: "0.2s",
      motionDurationMid: "0.15s",
      motionDurationFast: "0.1s",
      boxShadow: "none",
      boxShadowTertiary: "none",
    },
    components: {
      Button: {
        colorPrimary: tones.jadeSolid,
        colorPrimaryHover: "#0A6A53",
        colorPrimaryActive: "#085541",
        primaryShadow: "none",
        defaultShadow: "none",
        dangerShadow: "none",
        fontWeight: 500,
      },
      Card: { boxShadowTertiary: "none" },
      Table: { headerBg: tones.surface, headerColor: tones.muted, headerSplitColor: "transparent", rowHoverBg: tones.canvas, cellPaddingBlockSM: 9, cellPaddingInlineSM: 12 },
      Tabs: { itemSelectedColor: tones.jadeText, itemHoverColor: tones.jadeText, itemActiveColor: tones.jadeText },
      Steps: { colorPrimary: tones.jadeSolid },
      Tag: { defaultBg: tones.fill, defaultColor: tones.ink },
      Segmented: { trackBg: tones.fill },
      Form: { labelColor: tones.ink },
    },
  };
}

function paint(tones: Tones, dark: boolean): void {
  const root = document.documentElement;
  root.dataset.theme = dark ? "dark" : "light";
  root.style.colorScheme = dark ? "dark" : "light";
  for (const [name, value] of Object.entries(tones) as [string, string][]) {
    root.style.setProperty(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, value);
  }
}

export function ThemeProvider({ children }: { children: ReactNode }) {
  const [mode, set] = useState<Mode>(() => (localStorage.getItem(STORE) as Mode | null) ?? "system");
  const prefersDark = useMedia("(prefers-color-scheme: dark)");
  const still = useMedia("(prefers-reduced-motion: reduce)");
  const dark = mode === "dark" || (mode === "system" && prefersDark);
  const { locale } = useLocale();
  const tones = dark ? DARK : LIGHT;
  // Date pickers take month names from dayjs; set before they render.
  dayjs.locale(locale === "zh" ? "zh-cn" : "en");
  useEffect(() => {
    paint(tones, dark);
  }, [tones, dark]);
  const state = useMemo<ThemeState>(
    () => ({
      mode,
      dark,
      setMode: (next) => {
        localStorage.setItem(STORE, next);
        set(next);
      },
    }),
    [mode, dark],
  );
  const antd = useMemo(() => config(tones, dark, still), [tones, dark, still]);
  return (
    <ThemeContext value={state}>
      <ConfigProvider theme={antd} locale={locale === "zh" ? zhCN : enUS} button={{ autoInsertSpace: false }}>
        <App message={{ maxCount: 3 }}>{children}</App>
      </ConfigProvider>
    </ThemeContext>
  );
}

export const useTheme = (): ThemeState => use(ThemeContext);

/** The colours of the theme in use; in CSS the same are `var(--jade)`, `var(--muted)`, `var(--line)`, ... */
export const useTones = (): Tones => (useTheme().dark ? DARK : LIGHT);
