/** Numbers, sizes and times as they are shown, in the language of the interface (a BCP 47 tag). */
export interface Format {
  /** `12345` → `12 345`. */
  integer(value: number): string;
  /** Losses and rates: up to `digits` decimals, all of them shown. */
  decimal(value: number, digits: number): string;
  /** `0.425` → `43 %`. */
  percent(fraction: number): string;
  /** Decimal units, as the tools of every desktop show them: `91,2 MB`. */
  bytes(value: number): string;
  /** Seconds → `1 h 02 min`, `3 min 05 s`, `12 s`. */
  duration(seconds: number): string;
  /** An ISO 8601 time as a short date and time. */
  time(iso: string): string;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

export function makeFormat(locale: string): Format {
  const language = supported(locale);
  const integer = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 });
  const time = new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'short' });
  const decimal = (value: number, digits: number): string =>
    new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
      value,
    );
  const two = (value: number): string => String(value).padStart(2, '0');
  return {
    integer: (value) => integer.format(value),
    decimal,
    percent: (fraction) => percent.format(fraction),
    bytes: (value) => {
      let scaled = value;
      let unit = 0;
      while (scaled >= 999.5 && unit < UNITS.length - 1) {
        scaled /= 1000;
        unit++;
      }
      return `${decimal(scaled, unit === 0 || scaled >= 99.95 ? 0 : 1)} ${UNITS[unit] ?? 'B'}`;
    },
    duration: (seconds) => {
      const whole = Math.max(0, Math.round(seconds));
      const hours = Math.floor(whole / 3600);
      const minutes = Math.floor((whole % 3600) / 60);
      if (hours > 0) return `${hours} h ${two(minutes)} min`;
      return minutes > 0 ? `${minutes} min ${two(whole % 60)} s` : `${whole} s`;
    },
    time: (iso) => {
      const date = new Date(iso);
      return Number.isNaN(date.getTime()) ? iso : time.format(date);
    },
  };
}

/** As with the strings: Brazil has its own, every other form of Portuguese is written as in Portugal. */
function supported(locale: string): string {
  const wanted = /^pt\b/i.test(locale) ? (/^pt[-_]br\b/i.test(locale) ? 'pt-BR' : 'pt-PT') : locale;
  try {
    return Intl.getCanonicalLocales(wanted)[0] ?? 'en';
  } catch {
    return 'en';
  }
}
