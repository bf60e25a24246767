import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Space } from "antd";
import { api, ok, useCan } from "@/api";
import { useConfirm, useLocale } from "@/ui";

const EVERY_MS = 30_000;

/** On every page while sending is held after a restore: what became due, and letting it go. The words are the server's. */
export function HoldBanner() {
  const { locale } = useLocale();
  const can = useCan();
  const confirm = useConfirm();
  const client = useQueryClient();
  const query = useQuery({ queryKey: ["hold"], queryFn: () => ok(api.GET("/api/v1/hold")), refetchInterval: EVERY_MS });
  const hold = query.data;
  if (!hold?.since) return null;
  const release = async (choice: "send" | "cancel", expected: number) => {
    try {
      await ok(api.POST("/api/v1/hold/release", { body: { choice, expected } }));
    } finally {
      await client.invalidateQueries();
    }
  };
  return (
    <Alert
      banner
      type="warning"
      role="status"
      message={hold.title[locale]}
      description={hold.summary[locale]}
      action={
        can("hold.release") ? (
          <Space wrap>
            {hold.choices.map((option) => (
              <Button
                key={option.choice}
                onClick={() =>
                  confirm({
                    title: option.label[locale],
                    body: option.question[locale],
                    act: option.label[locale],
                    danger: true,
                    run: () => release(option.choice, hold.total),
                  })
                }
              >
                {option.label[locale]}
              </Button>
            ))}
          </Space>
        ) : undefined
      }
    />
  );
}
