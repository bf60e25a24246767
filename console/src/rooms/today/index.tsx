export { default } from "./TodayPage";
